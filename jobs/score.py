"""Score one model version over a table.

``spark-submit jobs/score.py --config conf/score.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("score")
