"""A model as a stage of a ``pyspark.ml`` pipeline."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pyspark.ml import Transformer
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCols, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from spark_models.core.config import RegistryConfig
from spark_models.errors import ConfigError
from spark_models.steps.udf import spark_udf

T = TypeVar("T")


def _param(name: str, doc: str, convert: Callable[[Any], T]) -> "Param[T]":
    return Param(Params._dummy(), name, doc, convert)  # noqa: SLF001  # how pyspark.ml declares them


class ModelTransformer(
    Transformer, HasInputCols, HasOutputCol, DefaultParamsReadable["ModelTransformer"], DefaultParamsWritable
):
    """Add the predictions of one registered version; a pipeline that is saved keeps predicting with this version.

    >>> stage = ModelTransformer(modelName="delay", modelVersion=3)  # doctest: +SKIP
    >>> Pipeline(stages=[stage]).fit(flights).transform(flights)  # doctest: +SKIP

    All arguments are ``pyspark.ml`` parameters of these names. Those of the registry are saved too, so
    give addresses without credentials, or leave them to MLflow's own settings.

    Args:
        inputCols: The columns that are the model's inputs, as :func:`spark_models.spark_udf` takes
            them; by default those that have the inputs' names.
        outputCol: The column to add.
        modelName: The registered model.
        modelVersion: Its version, a number: an alias would name another one after the next promotion.
        method: The model's method.
        modelParams: Values for the inference parameters in the model's signature.
        resultType: The prediction's Spark type as DDL; by default from the model.
        trackingUri: MLflow's tracking server or store; by default MLflow's own setting.
        registryUri: The model registry, where it is not the tracking server.
        acceleration: ``auto`` or ``off``, as :func:`spark_models.spark_udf` takes it.
    """

    modelName = _param("modelName", "the registered model", TypeConverters.toString)
    modelVersion = _param("modelVersion", "its version", TypeConverters.toInt)
    method = _param("method", "the model's method", TypeConverters.toString)
    modelParams = _param("modelParams", "values for the model's inference parameters", dict[str, Any])
    resultType = _param("resultType", "the prediction's Spark type as DDL", TypeConverters.toString)
    trackingUri = _param("trackingUri", "MLflow's tracking server or store", TypeConverters.toString)
    registryUri = _param(
        "registryUri", "the model registry, where it is not the tracking server", TypeConverters.toString
    )
    acceleration = _param("acceleration", "auto or off", TypeConverters.toString)

    def __init__(  # noqa: PLR0913  # the parameters, by name
        self,
        *,
        inputCols: Sequence[str] | None = None,
        outputCol: str | None = None,
        modelName: str | None = None,
        modelVersion: int | None = None,
        method: str | None = None,
        modelParams: Mapping[str, Any] | None = None,
        resultType: str | None = None,
        trackingUri: str | None = None,
        registryUri: str | None = None,
        acceleration: str | None = None,
    ) -> None:
        super().__init__()
        self._setDefault(outputCol="prediction", method="predict", acceleration="off")
        given = {
            "inputCols": inputCols,
            "outputCol": outputCol,
            "modelName": modelName,
            "modelVersion": modelVersion,
            "method": method,
            "modelParams": modelParams,
            "resultType": resultType,
            "trackingUri": trackingUri,
            "registryUri": registryUri,
            "acceleration": acceleration,
        }
        self._set(**{name: value for name, value in given.items() if value is not None})

    def _transform(self, dataset: DataFrame) -> DataFrame:
        missing = [name for name in ("modelName", "modelVersion") if self._given(name) is None]
        if missing:
            raise ConfigError("ModelTransformer", [f"{name} is not set" for name in missing])
        predict = spark_udf(
            dataset.sparkSession,
            f"models:/{self._given('modelName')}/{self._given('modelVersion')}",
            result_type=self._given("resultType"),
            params=self._given("modelParams"),
            method=self.getOrDefault("method"),
            registry=RegistryConfig(tracking_uri=self._given("trackingUri"), registry_uri=self._given("registryUri")),
            acceleration=self.getOrDefault("acceleration"),
        )
        columns = self._given("inputCols") or ()
        return dataset.withColumn(self.getOutputCol(), predict(*columns))

    def _given(self, name: str) -> Any:
        return self.getOrDefault(name) if self.isDefined(name) else None
