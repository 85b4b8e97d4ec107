"""Score a few flights on whatever session this process is told to use; its tables are what the tests look at."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import mlflow
import pandas as pd
from deltalake import DeltaTable
from mlflow.pyfunc.model import PythonModel
from mlflow.types.schema import ColSpec, Schema
from pyspark.errors import PySparkException
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import is_remote
from sklearn.metrics import roc_auc_score

import spark_models as sm

ENGINES: tuple[Literal["pandas_udf", "arrow", "direct"], ...] = ("pandas_udf", "arrow", "direct")
STORE = Path("demo/mlflow.db")
REGISTRY = sm.RegistryConfig(tracking_uri=f"sqlite:///{STORE}")
CANARY = 987654.0


class Odd(PythonModel):
    """None for what is negative, and a failure that quotes the value for the canary."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[float | None]:  # noqa: ARG002
        if (model_input["x"] == CANARY).any():
            raise ValueError(f"cannot take {CANARY}")
        return [None if value < 0 else value for value in model_input["x"]]


class Constant(PythonModel):
    """A model whose predictions say which version it is."""

    def __init__(self, version: int) -> None:
        self.version = version

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[float]:  # noqa: ARG002
        return [float(self.version)] * len(model_input)


def main(master: str, workers_path: str) -> None:
    """A table for each engine, and for each other thing that must be so everywhere; workers have ``workers_path``."""
    # Executors of a cluster, too, live for seconds, for which the quick compiler and collector are enough.
    quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    settings = {"spark.executorEnv.PYTHONPATH": workers_path, "spark.executor.extraJavaOptions": quick}
    spark = sm.get_session(sm.SessionConfig(master=master, log_file="demo/spark.log", settings=settings))
    require_workers_without_the_package(spark)
    by_comparison(spark)
    mark = F.when(F.col("day") == 1, F.lit(float("nan"))).when(F.col("day") == 3, F.lit(1.0))
    few = spark.read.format("delta").load("demo/lake/flights").where("month = 12 AND day <= 3")
    save(few.withColumn("mark", mark), "marked")
    marked = spark.read.format("delta").load("demo/lake/marked")
    by_every_engine(spark)
    by_drift(spark)
    by_a_model_of_their_own(spark)
    while_an_alias_moves(spark, marked)
    by_an_odd_model(spark)
    if is_remote():
        while_an_alias_moves_under_mlflow(spark)
    by_other_surfaces(spark, marked)


def save(frame: DataFrame, name: str) -> None:
    frame.write.format("delta").save(f"demo/lake/{name}")


def job(table: str, *, where: str | None = None, **changes: Any) -> sm.ScoreConfig:
    return sm.ScoreConfig(
        method="predict_proba",
        registry=REGISTRY,
        tables=sm.TablesConfig(location="demo/lake/ops"),
        input=sm.InputConfig(table="demo/lake/marked", filter=where),
        output=sm.OutputConfig(table=f"demo/lake/{table}", keys=("flight_id",), passthrough=("day", "mark")),
        **changes,
    )


def by_every_engine(spark: SparkSession) -> None:
    for engine in ENGINES:
        both = ("models:/flight_delay/1", "models:/flight_delay/2")
        for scoring in sm.score(job(engine, model=both, engine=engine), spark=spark).all:
            assert scoring.run is not None
            assert scoring.run.engine == engine


def by_comparison(spark: SparkSession) -> None:
    """What a comparison says, on whatever session, is what scikit-learn says of the same rows."""
    december = sm.LabelsConfig(
        table="demo/lake/flights", filter="month = 12", keys=("flight_id",), column="late", cluster="day"
    )
    comparison = sm.compare(
        sm.CompareConfig(
            registry=REGISTRY,
            tables=sm.TablesConfig(location="demo/lake/ops"),
            baseline="models:/flight_delay/1",
            candidates=("models:/flight_delay/2",),
            task="binary",
            labels=december,
            predictions=sm.PredictionsConfig(table="demo/lake/predictions"),
            slices=("origin",),
        ),
        spark=spark,
    )
    flights = DeltaTable("demo/lake/flights").to_pandas(columns=["flight_id", "month", "late"])
    scored = DeltaTable("demo/lake/predictions").to_pandas(partitions=[("model_version", "=", "2")])
    rows = flights[flights["month"] == 12].dropna().merge(scored.dropna(subset=["prediction"]), on="flight_id")
    found = comparison.overall(2)
    assert found["roc_auc"].rows == len(rows)
    expected = roc_auc_score(rows["late"].astype(bool), rows["prediction"].str[1])
    assert abs(found["roc_auc"].candidate_value - expected) < 1e-9


def by_drift(spark: SparkSession) -> None:
    """How far the versions are apart, on whatever session, is what pandas says of the same rows."""
    found = sm.drift(
        sm.DriftConfig(
            registry=REGISTRY,
            tables=sm.TablesConfig(location="demo/lake/ops"),
            versions=sm.DriftVersionsConfig(
                candidate="models:/flight_delay/2",
                baseline="models:/flight_delay/1",
                table="demo/lake/arrow",
                keys=("flight_id",),
            ),
            most_changed=1,
        ),
        spark=spark,
    )
    rows = DeltaTable("demo/lake/arrow").to_pandas().set_index("flight_id")
    late = rows["prediction"].map(lambda shares: shares[1])
    sizes = (late[rows["model_version"] == 2] - late[rows["model_version"] == 1]).abs()
    metric = next(row for row in found.overall if row.column_name == "prediction[1]")
    assert (metric.rows_compared, found.whole.rows_compared) == (len(sizes), len(sizes))
    assert metric.mean_absolute_difference is not None
    assert abs(metric.mean_absolute_difference - sizes.mean()) < 1e-12
    [changed] = found.rows
    assert (changed.keys, changed.difference) == ({"flight_id": sizes.idxmax()}, sizes.max())


def by_a_model_of_their_own(spark: SparkSession) -> None:
    """The version that scores a day's flights is that of the day's number; there are two."""
    of_days = job("days", model="models:/flight_delay/{day}", model_by="day", where="day <= 2")
    assert [str(one.model_version)[-1] for one in sm.score(of_days, spark=spark).all] == ["1", "2"]
    assert all(one.skipped for one in sm.score(of_days, spark=spark).all)


def while_an_alias_moves(spark: SparkSession, marked: DataFrame) -> None:
    """The alias names version 2 when the job begins, and version 1 from the moment that it is resolved."""
    client = mlflow.MlflowClient(REGISTRY.tracking_uri)
    point = client.set_registered_model_alias

    point("flight_delay", "moving", "2")
    predict = sm.spark_udf(spark, "models:/flight_delay@moving", method="predict_proba", registry=REGISTRY)
    scored = marked.select("flight_id", predict().alias("prediction"))
    point("flight_delay", "moving", "1")
    # Nor does anybody ask the registry again: it is not there.
    STORE.rename(STORE.with_suffix(".away"))
    save(scored, "udf")
    STORE.with_suffix(".away").rename(STORE)

    from spark_models.steps import score as step

    point("flight_delay", "moving", "2")
    with_move(step, "survey", lambda: point("flight_delay", "moving", "1"))
    scoring = sm.score(job("moved", model="models:/flight_delay@moving"), spark=spark)
    assert int(client.get_model_version_by_alias("flight_delay", "moving").version) == 1
    assert str(scoring.model_version) == "flight_delay version 2"


def while_an_alias_moves_under_mlflow(spark: SparkSession) -> None:
    """On Spark Connect the workers of MLflow's UDF ask the registry, for the version that the alias names by then."""
    # They are in another folder than this process.
    mlflow.set_tracking_uri(f"sqlite:///{STORE.absolute()}")
    client = mlflow.MlflowClient()
    client.create_registered_model("constant")
    for version in (1, 2):
        folder = save_model(f"constant_{version}", Constant(version))
        client.create_model_version("constant", folder.absolute().as_uri())
    client.set_registered_model_alias("constant", "moving", "2")
    predict = mlflow.pyfunc.spark_udf(spark, "models:/constant@moving")
    client.set_registered_model_alias("constant", "moving", "1")
    assert [row[0] for row in spark.range(1).select(predict(F.lit(0.0))).collect()] == [1.0]


def save_model(name: str, model: PythonModel) -> Path:
    """Save a model of ``x`` that gives doubles."""
    schema = Schema([ColSpec("double", "x")])
    signature = mlflow.models.ModelSignature(inputs=schema, outputs=Schema([ColSpec("double")]))
    mlflow.pyfunc.save_model(f"demo/{name}", python_model=model, signature=signature, pip_requirements=[])
    return Path("demo", name)


def with_move(module: Any, name: str, move: Callable[[], None]) -> None:
    """Have something happen just before the module calls a function of its own."""
    original = getattr(module, name)

    def moved(*arguments: Any, **options: Any) -> Any:
        move()
        return original(*arguments, **options)

    setattr(module, name, moved)


def by_an_odd_model(spark: SparkSession) -> None:
    predict = sm.spark_udf(spark, str(save_model("odd", Odd())), result_type="double", registry=REGISTRY)
    values = spark.createDataFrame([(1, -1.0), (2, float("nan")), (3, 0.5)], "id long, x double")
    save(values.select("id", predict("x").alias("prediction")), "odd")
    try:
        values.select(predict(F.lit(CANARY) + F.col("id") - F.col("id"))).collect()
    except PySparkException as error:
        Path("demo/failure.txt").write_text(str(error), encoding="utf-8")


def by_other_surfaces(spark: SparkSession, marked: DataFrame) -> None:
    """As a stage of a pipeline, as a function in SQL, and as a stream."""
    model = "models:/flight_delay/1"
    stage = sm.ModelTransformer(
        outputCol="staged",
        modelName="flight_delay",
        modelVersion=1,
        method="predict_proba",
        trackingUri=REGISTRY.tracking_uri,
    )
    PipelineModel([stage]).transform(marked).createOrReplaceTempView("marked")
    sm.register_function(spark, "late", model, method="predict_proba", registry=REGISTRY)
    save(spark.sql("SELECT flight_id, staged, late(struct(*)) AS prediction FROM marked"), "function")

    stream = spark.readStream.format("delta").load("demo/lake/marked")
    streamed = job("stream", model=model).model_copy(update={"input": sm.InputConfig()})
    sm.score_stream(streamed, stream, checkpoint="demo/stream", trigger={"availableNow": True}).awaitTermination()


def require_workers_without_the_package(spark: SparkSession) -> None:
    """Nothing was sent to the workers yet; what they find later came with a job."""
    finds = F.udf(lambda _: find_spec("spark_models") is not None, "boolean")
    assert [row[0] for row in spark.range(1).select(finds("id")).collect()] == [False]


if __name__ == "__main__":
    main(*sys.argv[1:])
