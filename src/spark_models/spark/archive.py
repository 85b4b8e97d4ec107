"""Archives: a model's files, shipped to executors once, under the name of their digest."""

import gzip
import tarfile
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from pyspark.sql import SparkSession

from spark_models.core.digest import model_files
from spark_models.spark.own_code import ship_code
from spark_models.spark.own_folder import own_folder

NOTHING: Mapping[Path, Path] = MappingProxyType({})


def ship(spark: SparkSession, folder: Path, digest: str, more: Mapping[Path, Path] = NOTHING) -> str:
    """Hand the model's files to Spark, which brings them to each executor and extracts them once.

    The code that loads them goes before, where executors may lack it.

    Args:
        spark: The session.
        folder: The model's files.
        digest: Their digest, which names the archive.
        more: Other files to bring along, by their path in the archive.

    Returns:
        The archive's name, for ``SparkFiles.get`` in a worker.
    """
    ship_code(spark)
    # Spark refuses other content under a name that it knows.
    extra = sha256(b"".join(file.read_bytes() for file in more.values())).hexdigest()[:8] if more else ""
    name = f"model-{digest[:32]}{extra and '-' + extra}"
    archive = own_folder() / f"{name}.tar.gz"
    if not archive.exists():
        pack(folder, archive, more)
    spark.addArtifacts(f"{archive}#{name}", archive=True)
    return name


def pack(folder: Path, archive: Path, more: Mapping[Path, Path] = NOTHING) -> None:
    """Write a model's files into an archive, which is there when it is whole: other threads may pack the same.

    The same files give the same bytes: Spark refuses other content under a name that it knows.
    """
    with (
        tempfile.NamedTemporaryFile(dir=archive.parent, delete=False) as file,
        # Models hardly get smaller for more work than level 1.
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in model_files(folder):
            _add(tar, folder / path, path.as_posix())
        for name, path in more.items():
            _add(tar, path, name.as_posix())
    Path(file.name).replace(archive)


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    entry = tar.gettarinfo(file, name)
    entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0o644, 0, 0, "", ""
    with file.open("rb") as opened:
        tar.addfile(entry, opened)
