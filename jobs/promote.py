"""Move an alias if a stored comparison passes the gate.

``spark-submit jobs/promote.py --config conf/promote.yaml``
"""

from spark_models.cli import run_job

if __name__ == "__main__":
    run_job("promote")
