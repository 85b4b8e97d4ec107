"""Score a few flights with both versions, by each engine, on whatever session this process is told to use."""

import sys
from importlib.util import find_spec
from typing import Literal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import spark_models as sm

ENGINES: tuple[Literal["pandas_udf", "arrow", "direct"], ...] = ("pandas_udf", "arrow", "direct")


def main(master: str, workers_path: str) -> None:
    """One table for each engine, and one of what the UDF gives in a query; workers have ``workers_path`` only."""
    registry = sm.RegistryConfig(tracking_uri="sqlite:///demo/mlflow.db")
    settings = {"spark.executorEnv.PYTHONPATH": workers_path}
    spark = sm.get_session(sm.SessionConfig(master=master, log_file="demo/spark.log", settings=settings))
    require_workers_without_the_package(spark)
    condition = "month = 12 AND day <= 3"
    for engine in ENGINES:
        job = sm.ScoreConfig(
            model=("models:/flight_delay/1", "models:/flight_delay/2"),
            method="predict_proba",
            engine=engine,
            registry=registry,
            tables=sm.TablesConfig(location="demo/lake/ops"),
            input=sm.InputConfig(table="demo/lake/flights", filter=condition),
            output=sm.OutputConfig(table=f"demo/lake/{engine}", keys=("flight_id",)),
        )
        for scoring in sm.score(job, spark=spark).all:
            assert scoring.run is not None
            assert scoring.run.engine == engine
    predict = sm.spark_udf(spark, "models:/flight_delay/2", method="predict_proba", registry=registry)
    flights = spark.read.format("delta").load("demo/lake/flights").where(condition)
    flights.select("flight_id", predict().alias("prediction")).write.format("delta").save("demo/lake/udf")


def require_workers_without_the_package(spark: SparkSession) -> None:
    """Nothing was sent to the workers yet; what they find later came with a job."""
    finds = F.udf(lambda _: find_spec("spark_models") is not None, "boolean")
    assert [row[0] for row in spark.range(1).select(finds("id")).collect()] == [False]


if __name__ == "__main__":
    main(*sys.argv[1:])
