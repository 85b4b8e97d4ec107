"""Show who held an alias, from when to when, and why.

``spark-submit jobs/history.py --config conf/history.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("history")
