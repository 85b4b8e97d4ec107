"""A model made ready for Spark: pinned, checked, tried on the driver, and its result typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models import flavors
from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.plan import Plan, PlannedInput
from spark_models.core.predictor import PredictorSpec
from spark_models.core.result_type import declared_result_type
from spark_models.core.signature import Signature, Tensor
from spark_models.core.suggest import did_you_mean
from spark_models.errors import ConfigError, SchemaError
from spark_models.registry.connection import Registry
from spark_models.registry.examples import input_example
from spark_models.registry.files import ModelFiles, fetch_files, verified_files
from spark_models.registry.resolve import resolve
from spark_models.spark.archive import ship
from spark_models.spark.result_type import observed_result_type, parsed_result_type
from spark_models.spark.udf import output_fields
from spark_models.spark.worker import Task


@dataclass(frozen=True)
class PreparedModel:
    """A model's files with how to call them and what comes out.

    ``model_version`` is None for a model that is not registered.
    """

    model_version: ModelVersion | None
    files: ModelFiles
    spec: PredictorSpec
    signature: Signature
    result_type: T.DataType

    @property
    def tensor(self) -> bool:
        """Whether the input is one unnamed tensor."""
        return len(self.signature.inputs) == 1 and _is_unnamed_tensor(self.signature.inputs[0])

    def task(
        self,
        spark: SparkSession,
        plan: Plan,
        *,
        records_errors: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Task:
        """The work for Spark's workers; ships the files."""
        return Task(
            spec=self.spec,
            archive=ship(spark, self.files.path, self.files.digest),
            load=flavors.load,
            inputs=plan.inputs,
            outputs=output_fields(self.result_type),
            tensor=self.tensor,
            records_errors=records_errors,
            environment=tuple(sorted((environment or {}).items())),
        )


@dataclass(frozen=True)
class Call:
    """How a model is to be called."""

    method: str = "predict"
    params: Mapping[str, Any] | None = None
    model_config: Mapping[str, Any] | None = None
    result_type: T.DataType | str | None = None


def fetch_model(registry: Registry, uri: str) -> tuple[ModelVersion | None, ModelFiles]:
    """The version that a URI names, once and for all, and its files with the registered digest checked.

    Raises:
        RegistryError: if there is none.
        DigestError: if its files are not the registered ones.
    """
    if not parse_model_uri(uri).is_registered:
        return None, fetch_files(registry, uri)
    model_version = resolve(registry, uri)
    return model_version, verified_files(registry, model_version)


def prepare(model_version: ModelVersion | None, files: ModelFiles, call: Call, name: str) -> PreparedModel:
    """Load the model on the driver, so that what cannot work is known before a job starts.

    Raises:
        SchemaError: if the model has no signature.
        ConfigError: if it lacks the method or the parameters, or its result has no type.
    """
    if files.signature is None:
        raise SchemaError(name, ["it has no signature: log it with signature=infer_signature(inputs, predictions)"])
    flavor_settings = dict(files.mlmodel["flavors"].get(files.flavor, {}))
    flavor_settings["predict_fn"] = files.mlmodel["flavors"]["python_function"].get("predict_fn", "predict")
    spec = PredictorSpec(
        model=name,
        digest=files.digest,
        flavor=files.flavor,
        method=call.method,
        settings=json.dumps(flavor_settings, sort_keys=True, default=str),
        params=json.dumps(_known_params(name, files.signature, call.params), sort_keys=True),
        model_config=json.dumps(call.model_config, sort_keys=True),
    )
    result_type = _result_type(files, spec, call.result_type)
    return PreparedModel(model_version, files, spec, files.signature, result_type)


def _known_params(name: str, signature: Signature, params: Mapping[str, Any] | None) -> Mapping[str, Any]:
    known = signature.params or {}
    problems = [
        f"params: {param!r} is not a parameter of the model{did_you_mean(param, known, listed='its parameters')}"
        for param in params or {}
        if param not in known
    ]
    if problems:
        raise ConfigError(name, problems)
    return dict(params or {})


def _result_type(files: ModelFiles, spec: PredictorSpec, asked: T.DataType | str | None) -> T.DataType:
    predictor = flavors.load(files.path, spec)
    if asked is not None:
        return parsed_result_type(asked) if isinstance(asked, str) else asked
    declared = declared_result_type(files.signature) if files.signature is not None else None
    if spec.method == "predict" and declared is not None:
        return parsed_result_type(declared)
    example = input_example(files)
    if example is None:
        problem = "its result has no type in the signature, and there is no input example to see it from; give result_type"
        raise ConfigError(f"{spec.model}.{spec.method}", [problem])
    return observed_result_type(predictor.predict(example))


def unplanned(signature: Signature) -> Plan:
    """The plan for columns that come as the caller gives them: the signature's inputs, as they are."""
    return Plan(
        tuple(
            PlannedInput(name, name, "array", required=True)
            if isinstance(spec, Tensor)
            else PlannedInput(name, name, spec.type, required=spec.required)
            for name, spec in zip(signature.input_names, signature.inputs, strict=True)
        )
    )


def _is_unnamed_tensor(spec: object) -> bool:
    return isinstance(spec, Tensor) and spec.name is None


def display_name(model_version: ModelVersion | None, uri: str) -> str:
    """What messages call the model."""
    return str(model_version) if model_version is not None else (uri if "://" in uri or ":" in uri else Path(uri).name)
