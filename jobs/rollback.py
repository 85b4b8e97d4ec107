"""Give an alias back to the version that held it before.

``spark-submit jobs/rollback.py --config conf/rollback.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("rollback")
