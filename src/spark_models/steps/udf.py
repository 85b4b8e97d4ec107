"""The public UDF: ``mlflow.pyfunc.spark_udf``'s arguments, in its order."""

from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import RegistryConfig
from spark_models.core.plan import plan_as_given
from spark_models.core.signature import Signature
from spark_models.core.table_name import quoted
from spark_models.errors import ConfigError, SchemaError
from spark_models.registry.connection import connect
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

    Returns:
        A UDF. Called with columns, they are the model's inputs in the signature's order; with one
        struct, by name; with nothing, the columns that have the inputs' names.

    Raises:
        RegistryError: if there is no such model.
        DigestError: if its files are not the registered ones.
        ConfigError: if an argument does not fit the model.
        SchemaError: if the model has no signature.
    """
    _refuse_environments(env_manager, prebuilt_env_uri)
    model_version, files = fetch_model(connect(registry or RegistryConfig()), model_uri)
    call = Call(method, params, _model_config(model_config), result_type)
    model = prepare(model_version, files, call, display_name(model_version, model_uri))
    task = model.task(spark, plan_as_given(model.signature), environment=extra_env)
    return _with_default_columns(predictor_udf(task, model.result_type), model.signature)


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


def _with_default_columns(udf: Any, signature: Signature) -> Any:
    """The UDF, which takes the signature's own columns when it is called with none."""
    names = signature.input_names
    required = sum(spec.required for spec in signature.inputs)

    # wraps copies the UDF's attributes, which is how spark.udf.register knows one.
    @wraps(udf)
    def call(*columns: Column | str) -> Column:
        if not columns and any(spec.name is None for spec in signature.inputs):
            raise SchemaError("the model's input", ["it has no names: call the UDF with columns"])
        if len(columns) > 1 and not signature.is_tensor and not required <= len(columns) <= len(names):
            problem = f"{len(columns)} columns were given; the model needs {', '.join(names)}"
            raise SchemaError("the model's input", [problem])
        column: Column = udf(*(columns or (F.col(quoted(name)) for name in names)))
        return column

    return call
