"""The public UDF: ``mlflow.pyfunc.spark_udf``'s arguments, in its order."""

import sys
from collections.abc import Mapping
from functools import wraps
from operator import itemgetter
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.arguments import input_places
from spark_models.core.config import RegistryConfig
from spark_models.core.plan import plan_as_given
from spark_models.core.signature import Signature
from spark_models.core.table_name import quoted
from spark_models.errors import ConfigError, SchemaError
from spark_models.registry.connection import connect
from spark_models.registry.metadata import metadata_of
from spark_models.spark.udf import predictor_udf
from spark_models.steps.prepare import Call, display_name, fetch_model, prepare


def spark_udf(  # noqa: PLR0913, PLR0917  # MLflow's arguments, so that a user changes one import
    spark: SparkSession,
    model_uri: str,
    result_type: T.DataType | str | None = None,
    env_manager: str | None = None,
    params: Mapping[str, Any] | None = None,
    extra_env: Mapping[str, str] | None = None,
    prebuilt_env_uri: str | None = None,
    model_config: str | Path | Mapping[str, Any] | None = None,
    *,
    method: str = "predict",
    registry: RegistryConfig | None = None,
    acceleration: str = "off",
) -> Any:
    """A model as an iterator pandas UDF, for ``select``, ``withColumn`` and, registered by name, SQL.

    The URI is resolved once, here; the files go to executors as one archive, and each Python
    worker loads the model once.

    >>> predict = spark_udf(spark, "models:/flight_delay@champion")  # doctest: +SKIP
    >>> flights.withColumn("late", predict())  # doctest: +SKIP

    Args:
        spark: The session.
        model_uri: Any model URI.
        result_type: Spark type or DDL; by default from the signature's outputs, or from
            predicting the input example.
        env_manager: ``local`` only: workers have the environment that they have.
        params: Values for the inference parameters in the model's signature.
        extra_env: Environment variables for the model in the workers.
        prebuilt_env_uri: Refused; it exists for one vendor's serverless runtime.
        model_config: pyfunc's model config, as a mapping or the path of a YAML file.
        method: The model's method: ``predict``, ``predict_proba``, or another that takes one input.
        registry: Which MLflow; by default MLflow's own settings.
        acceleration: ``auto`` takes a faster form of the model where there is one that was seen to agree, as
            the score job does for large inputs. Looking takes half a second for a pipeline, and seconds for
            trees, which are compiled; how many rows it would be for is not known here.

    Returns:
        A UDF. Called with nothing, it takes the columns that have the inputs' names, and of one struct
        the fields that have. Columns that are all called as inputs are taken by name, whatever their
        order, so that optional ones can be left out; any others are the inputs in the signature's order.
        Its ``metadata`` is MLflow's ``Model``.

    Raises:
        RegistryError: if there is no such model.
        DigestError: if its files are not the registered ones.
        ConfigError: if an argument does not fit the model.
        SchemaError: if the model has no signature.
    """
    _refuse_environments(env_manager, prebuilt_env_uri)
    if acceleration not in {"auto", "off"}:
        raise ConfigError("spark_udf", [f"acceleration {acceleration!r} is neither 'auto' nor 'off'"])
    model_version, files = fetch_model(connect(registry or RegistryConfig()), model_uri)
    call = Call(method, params, _model_config(model_config), result_type)
    model = prepare(model_version, files, call, display_name(model_version, model_uri))
    if acceleration == "auto":
        model = model.accelerated(sys.maxsize)
    task = model.task(spark, plan_as_given(model.signature), environment=extra_env)
    udf = predictor_udf(task, model.result_type)
    udf.metadata = metadata_of(files)
    return _with_checked_columns(udf, model.signature)


def _refuse_environments(env_manager: str | None, prebuilt_env_uri: str | None) -> None:
    problems = []
    if env_manager not in {None, "local"}:
        problems.append(f"env_manager {env_manager!r} is not supported; workers use their own environment ('local')")
    if prebuilt_env_uri is not None:
        problems.append("prebuilt_env_uri is not supported; leave it out")
    if problems:
        raise ConfigError("spark_udf", problems)


def _model_config(given: str | Path | Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if given is None or isinstance(given, Mapping):
        return given
    try:
        config = yaml.safe_load(Path(given).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError("model_config", [f"{given} cannot be read as YAML"]) from error
    if not isinstance(config, Mapping):
        raise ConfigError("model_config", [f"{given} does not hold a mapping"])
    return config


def _with_checked_columns(udf: Any, signature: Signature) -> Any:
    """The UDF, which takes the signature's own columns when it is called with none, and each by its name if it can."""
    names = signature.input_names

    # wraps copies the UDF's attributes, which is how spark.udf.register knows one.
    @wraps(udf)
    def call(*columns: Column | str) -> Column:
        if not columns and any(spec.name is None for spec in signature.inputs):
            raise SchemaError("the model's input", ["it has no names: call the UDF with columns"])
        column: Column = udf(*(_arguments(signature, columns) if columns else (F.col(quoted(name)) for name in names)))
        return column

    return call


def _arguments(signature: Signature, columns: tuple[Column | str, ...]) -> tuple[Column | str, ...]:
    """The columns as the UDF takes them: in the signature's order, or as a struct if one before them is left out."""
    places = input_places(signature, [_plain_name(column) for column in columns])
    if places is None:
        return columns
    ordered = sorted(zip(places, columns, strict=True), key=itemgetter(0))
    if [place for place, _ in ordered] == list(range(len(ordered))):
        return tuple(column for _, column in ordered)
    columns_of = ((F.col(column) if isinstance(column, str) else column, place) for place, column in ordered)
    return (F.struct(*(column.alias(signature.input_names[place]) for column, place in columns_of)),)


def _plain_name(column: Column | str) -> str:
    """How a column is called in the query; of a computed one it is the computation, which no input is called."""
    if isinstance(column, str):
        return column[1:-1].replace("``", "`") if column[:1] == column[-1:] == "`" else column
    # The one way to see it that classic sessions and Spark Connect share.
    return repr(column).removeprefix("Column<'").removesuffix("'>")
