"""Write a report of a model's versions, their cards and comparisons, as one HTML file.

``spark-submit jobs/report.py --config conf/report.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("report")
