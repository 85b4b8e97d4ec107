"""Show the card of one model version.

``spark-submit jobs/card.py --config conf/card.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("card")
