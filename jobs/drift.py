"""Measure how far two versions, or two windows, are apart.

``spark-submit jobs/drift.py --config conf/drift.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("drift")
