"""A model's files: fetched to a folder of ours, described, and checked against the registered digest."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from mlflow.utils.yaml_utils import read_yaml

from spark_models.core.digest import digest_of_files, logged_files
from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.signature import Signature, signature_from_mlmodel
from spark_models.core.tables import LoggedFile
from spark_models.errors import DigestError, RegistryError
from spark_models.registry.connection import Registry
from spark_models.registry.fluent import default_uris
from spark_models.registry.refusals import reason, refusals
from spark_models.registry.resolve import resolve

DIGEST_TAG = "spark_models.digest"


@dataclass(frozen=True)
class ModelFiles:
    """A model's files in a local folder, and what its MLmodel file says of them.

    ``logged`` are the files by themselves, ``flavor`` is the one that loads the model, ``requirements`` the lines
    of its requirements.txt, ``example`` the saved input example's file, and ``mlmodel`` the whole MLmodel file.
    """

    path: Path
    logged: tuple[LoggedFile, ...]
    digest: str
    flavor: str
    signature: Signature | None
    requirements: tuple[str, ...]
    example: Path | None
    mlmodel: Mapping[str, Any]


def fetch_files(registry: Registry, uri: str, into: Path | None = None) -> ModelFiles:
    """Copy a model's files into a folder, by default a temporary one that goes when Python ends.

    ``uri`` may have any of a model URI's forms, or be an address that MLflow can download from.

    Raises:
        ConfigError: if it has none of them.
        RegistryError: if there is no such model.
    """
    if is_folder(uri):
        return folder_files(uri, into)
    source = resolve(registry, uri).uri if parse_model_uri(uri).kind in {"alias", "latest"} else uri
    folder = into or _temporary_folder()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with default_uris(registry.tracking_uri, registry.registry_uri):
            return described(Path(download_artifacts(source, dst_path=str(folder))))
    except (MlflowException, OSError) as error:
        problem = f"its files cannot be fetched: {reason(error)}"
        raise RegistryError(
            f"model {uri}", [problem, "check the URI, and that the artifact store can be read"]
        ) from error


def is_folder(uri: str) -> bool:
    """Whether a model URI is the path of a folder, which takes no registry to copy.

    Raises:
        ConfigError: if it has none of a model URI's forms.
    """
    return parse_model_uri(uri).kind == "path" and "://" not in uri


def folder_files(path: str, into: Path | None = None) -> ModelFiles:
    """The same of a saved model's folder.

    Raises:
        RegistryError: if no model is there.
    """
    folder = into or _temporary_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return described(_copied(Path(path), folder))


def verified_files(registry: Registry, model_version: ModelVersion, into: Path | None = None) -> ModelFiles:
    """Fetch a version's files, and check that they are those that were registered.

    A version that was registered by other means has no digest to check against, and is accepted.

    Raises:
        DigestError: if the files are others.
        RegistryError: if there is no such version, or its files cannot be fetched.
    """
    registered = registered_digest(registry, model_version)
    files = fetch_files(registry, model_version.uri, into)
    if registered not in {None, files.digest}:
        problems = [
            f"its files in the artifact store have the digest {files.digest}, but {registered} was registered",
            "somebody changed them: put the registered files back, or register these as a new version",
        ]
        raise DigestError(str(model_version), problems)
    return files


def registered_digest(registry: Registry, model_version: ModelVersion) -> str | None:
    """The digest that was recorded when the version was registered; None if it was registered by other means.

    Raises:
        RegistryError: if there is no such version.
    """
    with refusals(str(model_version)):
        found = registry.client.get_model_version(model_version.name, str(model_version.version))
    digest: str | None = found.tags.get(DIGEST_TAG)
    return digest


def described(folder: Path) -> ModelFiles:
    """The model in a local folder.

    Raises:
        RegistryError: if there is no MLmodel file.
    """
    if not (folder / "MLmodel").is_file():
        problem = "there is no MLmodel file: give the folder that mlflow.<flavor>.log_model or save_model wrote"
        raise RegistryError(f"model in {folder.name}", [problem])
    mlmodel: dict[str, Any] = read_yaml(str(folder), "MLmodel")  # type: ignore[no-untyped-call]  # MLflow leaves it out
    example = (mlmodel.get("saved_input_example_info") or {}).get("artifact_path")
    logged = logged_files(folder)
    return ModelFiles(
        path=folder,
        logged=logged,
        digest=digest_of_files(logged),
        flavor=flavor_of(mlmodel.get("flavors") or {}),
        signature=signature_from_mlmodel(mlmodel.get("signature")),
        requirements=_requirements(folder / "requirements.txt"),
        example=folder / example if example else None,
        mlmodel=mlmodel,
    )


def flavor_of(flavors: Mapping[str, Any]) -> str:
    """The flavor that loads the model, from the MLmodel file's ``flavors``.

    >>> flavor_of({"python_function": {"loader_module": "mlflow.sklearn"}, "sklearn": {}})
    'sklearn'
    """
    loader = (flavors.get("python_function") or {}).get("loader_module", "")
    named = loader.removeprefix("mlflow.")
    return named if named in flavors else "pyfunc"


def _requirements(file: Path) -> tuple[str, ...]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _copied(source: Path, folder: Path) -> Path:
    if not source.is_dir():
        raise RegistryError(f"model {source}", ["there is no such folder"])
    # A copy, so that what is tried, digested and registered is one and the same.
    return Path(shutil.copytree(source, folder / (source.resolve().name or "model")))


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="spark-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
