"""Compare candidates with a baseline on the same labelled rows.

``spark-submit jobs/compare.py --config conf/compare.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("compare")
