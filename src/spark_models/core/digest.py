"""The digest: sha256 over a model's files."""

import hashlib
from pathlib import Path

# MLflow writes this file when it downloads a registered version; it is not the model's.
NOT_THE_MODELS = frozenset({"registered_model_meta"})


def model_files(folder: Path) -> tuple[Path, ...]:
    """The model's files, relative to ``folder``, sorted by their POSIX paths."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted((path for path in found if path.as_posix() not in NOT_THE_MODELS), key=Path.as_posix))


def digest_of(folder: Path) -> str:
    """sha256, in hex, over the sorted relative paths and the contents of the model's files.

    Each path and each content enters with its length, so that no two different folders
    give the same stream of bytes.
    """
    whole = hashlib.sha256()
    for path in model_files(folder):
        with (folder / path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        name = path.as_posix().encode()
        whole.update(len(name).to_bytes(8, "big") + name + content)
    return whole.hexdigest()
