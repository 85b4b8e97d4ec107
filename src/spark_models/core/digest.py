"""The digest: sha256 over a model's files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from spark_models.core.tables import LoggedFile

# MLflow writes this file when it downloads a registered version; it is not the model's.
NOT_THE_MODELS = frozenset({"registered_model_meta"})


def model_files(folder: Path) -> tuple[Path, ...]:
    """The model's files, relative to ``folder``, sorted by their POSIX paths."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted((path for path in found if path.as_posix() not in NOT_THE_MODELS), key=Path.as_posix))


def logged_files(folder: Path) -> tuple[LoggedFile, ...]:
    """The model's files in a folder, sorted by path, each with its size and the sha256 of its content."""
    return tuple(_logged_file(folder, path) for path in model_files(folder))


def _logged_file(folder: Path, path: Path) -> LoggedFile:
    with (folder / path).open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
        return LoggedFile(path.as_posix(), file.tell(), content)


def digest_of_files(files: Iterable[LoggedFile]) -> str:
    """sha256, in hex, over the paths and the digests of files that are sorted by path.

    Each path enters with its length and each content as its sha256, so that no two different folders
    give the same stream of bytes.
    """
    whole = hashlib.sha256()
    for file in files:
        assert file.digest is not None
        name = file.path.encode()
        whole.update(len(name).to_bytes(8, "big") + name + bytes.fromhex(file.digest))
    return whole.hexdigest()


def digest_of(folder: Path) -> str:
    """:func:`digest_of_files` of the model's files in a folder."""
    return digest_of_files(logged_files(folder))
