"""A model made ready for Spark: pinned, checked, tried on the driver, and its result typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models import flavors
from spark_models.core.config import RegistryConfig
from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.plan import Plan
from spark_models.core.predictor import PredictorSpec
from spark_models.core.requirements import differing_versions, pinned_requirements
from spark_models.core.result_type import declared_result_type
from spark_models.core.signature import Signature
from spark_models.errors import ConfigError, SchemaError
from spark_models.flavors.acceleration.loading import FORM_FILES
from spark_models.registry.connection import connect
from spark_models.registry.examples import input_example
from spark_models.registry.files import ModelFiles, fetch_files, folder_files, is_folder, verified_files
from spark_models.registry.metadata import checked_params
from spark_models.registry.resolve import resolve
from spark_models.spark.archive import ship
from spark_models.spark.result_type import observed_result_type, parsed_result_type
from spark_models.spark.udf import output_fields
from spark_models.spark.worker import Task, described
from spark_models.steps.acceleration import accelerate
from spark_models.steps.admission import admitted, loaded
from spark_models.steps.problems import problems_of


@dataclass(frozen=True)
class PreparedModel:
    """A model's files with how to call them and what comes out.

    ``model_version`` is None for a model that is not registered. ``reason`` says why it is loaded as ``spec`` says:
    by pyfunc for a flavor that has a predictor of its own, or in a faster form, or not in one. ``form_file`` is
    such a form's, which travels with the model's own files.
    """

    model_version: ModelVersion | None
    files: ModelFiles
    spec: PredictorSpec
    signature: Signature
    result_type: T.DataType
    reason: str | None = None
    form_file: Path | None = None

    def accelerated(self, rows: int) -> "PreparedModel":
        """In the faster form that is worth it for so many rows; as it is, with the reason, if there is none."""
        found = accelerate(self.files, self.spec, rows)
        return replace(self, spec=found.spec, reason=self.reason or found.reason, form_file=found.file)

    def task(
        self,
        spark: SparkSession,
        plan: Plan,
        *,
        records_errors: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Task:
        """The work for Spark's workers; ships the files."""
        more = {FORM_FILES[self.spec.acceleration]: self.form_file} if self.form_file else {}
        return Task(
            spec=replace(self.spec, threads=int(spark.conf.get("spark.task.cpus", "1") or 1)),
            archive=ship(spark, self.files.path, self.files.digest, more),
            load=flavors.load,
            inputs=plan.inputs,
            outputs=output_fields(spark, self.result_type),
            is_struct=isinstance(self.result_type, T.StructType),
            tensor=self.signature.is_tensor,
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


def fetch_model(config: RegistryConfig, uri: str) -> tuple[ModelVersion | None, ModelFiles]:
    """The version that a URI names, once and for all, and its files with the registered digest checked.

    MLflow is not asked about a folder, and need not be there then.

    Raises:
        RegistryError: if there is none.
        DigestError: if its files are not the registered ones.
    """
    if is_folder(uri):
        return None, folder_files(uri)
    registry = connect(config)
    if not parse_model_uri(uri).is_registered:
        return None, fetch_files(registry, uri)
    model_version = resolve(registry, uri)
    return model_version, verified_files(registry, model_version)


def prepare(model_version: ModelVersion | None, files: ModelFiles, call: Call, name: str) -> PreparedModel:
    """Check all that can be checked on the driver, so that what cannot work is known before a job starts.

    The model itself is loaded here where its flavor has a predictor of its own, to see whether it does what pyfunc
    does; and for another method than ``predict``, for parameters, and where the signature does not give the
    result's type.

    Raises:
        SchemaError: if the model has no signature.
        ConfigError: if it lacks the method or the parameters, or its result has no type.
        SessionError: if a library that the model needs is missing.
    """
    if files.signature is None:
        raise SchemaError(name, ["it has no signature: log it with signature=infer_signature(inputs, predictions)"])
    spec = PredictorSpec(
        model=name,
        digest=files.digest,
        flavor=files.flavor,
        method=call.method,
        settings=json.dumps(_flavor_settings(files), sort_keys=True, default=str),
        model_config=_as_json(name, "model_config", call.model_config),
        requirements=pinned_requirements(files.requirements),
    )
    _require_right_call(files, spec, call)
    params = _as_json(name, "params", checked_params(name, files, call.params or {}))
    spec, fallback = admitted(files, replace(spec, params=params))
    result_type = _result_type(files, spec, call.result_type)
    return PreparedModel(model_version, files, spec, files.signature, result_type, fallback)


def _require_right_call(files: ModelFiles, spec: PredictorSpec, call: Call) -> None:
    """Refuse parameters and a result type that cannot be used; a wrong method is told with them."""
    asked = call.result_type
    problems = problems_of(ConfigError, lambda: checked_params(spec.model, files, call.params or {}))
    if isinstance(asked, str):
        problems += tuple(
            f"result_type: {told}" for told in problems_of(ConfigError, lambda: parsed_result_type(asked))
        )
    if problems:
        # Without parameters, which many a model does not take at all.
        problems += problems_of(ConfigError, lambda: _require_method(files, spec))
        raise ConfigError(spec.model, problems)


def _require_method(files: ModelFiles, spec: PredictorSpec) -> None:
    if spec.method != "predict":
        loaded(flavors.load, files.path, spec)


def _flavor_settings(files: ModelFiles) -> Mapping[str, Any]:
    """The flavor's own entry in the MLmodel file, and what pyfunc's says of code and of ``predict``."""
    flavors_of_model = files.mlmodel["flavors"]
    pyfunc = flavors_of_model.get("python_function", {})
    own = flavors_of_model.get(files.flavor, {})
    return {**own, "code": pyfunc.get("code"), "predict_fn": pyfunc.get("predict_fn", "predict")}


def _as_json(name: str, what: str, values: Mapping[str, Any] | None) -> str:
    try:
        return json.dumps(values, sort_keys=True)
    except TypeError as error:
        raise ConfigError(name, [f"{what}: only texts, numbers, booleans, lists and mappings can be given"]) from error


def _result_type(files: ModelFiles, spec: PredictorSpec, asked: T.DataType | str | None) -> T.DataType:
    """The type that was asked for, or is declared, or is seen; the model is loaded only if something is unknown."""
    predicts = spec.method == "predict"
    known = asked or (declared_result_type(files.signature) if predicts and files.signature else None)
    predictor = None if known and predicts and not spec.inference_params else loaded(flavors.load, files.path, spec)
    if known:
        return parsed_result_type(known) if isinstance(known, str) else known
    assert predictor is not None
    example = input_example(files)
    if example is None:
        problem = (
            "its result has no type in the signature, and there is no input example to see it from; give result_type"
        )
        raise ConfigError(f"{spec.model}.{spec.method}", [problem])
    try:
        predictions = predictor.predict(example)
    except Exception as error:  # noqa: BLE001  # a model may raise anything, with values of the example in its message
        problem = f"on its input example, {described(spec, error)}; give result_type if it can predict other rows"
        differing = differing_versions(spec.requirements, "this Python")
        raise ConfigError(f"{spec.model} ({spec.flavor})", [problem, *differing]) from None
    return observed_result_type(predictions)


def display_name(model_version: ModelVersion | None, uri: str) -> str:
    """What messages call the model."""
    return str(model_version) if model_version is not None else (uri if "://" in uri or ":" in uri else Path(uri).name)
