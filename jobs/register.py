"""Register a model as the next version of a name.

``spark-submit jobs/register.py --config conf/register.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("register")
