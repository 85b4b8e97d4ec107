"""A model as a function in SQL, for as long as the session lasts."""

import re
from typing import Any

from pyspark.sql import SparkSession

from spark_models.errors import ConfigError
from spark_models.steps.udf import spark_udf


def register_function(spark: SparkSession, name: str, model_uri: str, **arguments: Any) -> Any:
    """Make a model a temporary SQL function of the session; one of ours with the same name is replaced.

    SQL gives its arguments no names: several columns are the model's inputs in the signature's order, whatever they are
    called. One struct goes by the names of its fields, whatever their order:

    >>> register_function(spark, "predict_delay", "models:/delay@champion")  # doctest: +SKIP
    >>> spark.sql("SELECT predict_delay(struct(*)) FROM flights")  # doctest: +SKIP
    >>> spark.sql("SELECT predict_delay(named_struct('hour', 7, 'distance', miles)) FROM flights")  # doctest: +SKIP

    Args:
        spark: The session.
        name: Letters, digits and underscores, and none of Spark's own functions.
        model_uri: Any model URI; it is resolved once, here.
        arguments: Those of :func:`spark_models.spark_udf`, by name.

    Returns:
        The UDF, as :func:`spark_models.spark_udf` gives it.

    Raises:
        ConfigError: if the name is not one for a function, and all that ``spark_udf`` raises.
    """
    _require_free_name(spark, name)
    udf = spark_udf(spark, model_uri, **arguments)
    spark.udf.register(name, udf)
    return udf


def _require_free_name(spark: SparkSession, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ConfigError(f"function name {name!r}", ["write letters, digits and underscores, and no digit first"])
    # The pattern has none of the characters that mean something in SQL.
    if not spark.sql(f"SHOW SYSTEM FUNCTIONS LIKE '{name}'").isEmpty():
        raise ConfigError(f"function name {name!r}", ["it is one of Spark's own functions; choose another"])
