"""List the versions of a registered model, with their metrics over time.

``spark-submit jobs/versions.py --config conf/versions.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("versions")
