"""Archives: a model's files, shipped to executors once, under the name of their digest."""

import atexit
import gzip
import shutil
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from pyspark.sql import SparkSession

from spark_models.core.digest import model_files


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="spark-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def ship(spark: SparkSession, folder: Path, digest: str) -> str:
    """Hand the model's files to Spark, which brings them to each executor and extracts them once.

    Returns:
        The archive's name, for ``SparkFiles.get`` in a worker.
    """
    name = f"model-{digest[:32]}"
    archive = _folder() / f"{name}.tar.gz"
    if not archive.exists():
        pack(folder, archive)
    spark.addArtifacts(f"{archive}#{name}", archive=True)
    return name


def pack(folder: Path, archive: Path) -> None:
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
    Path(file.name).replace(archive)


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    entry = tar.gettarinfo(file, name)
    entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0o644, 0, 0, "", ""
    with file.open("rb") as opened:
        tar.addfile(entry, opened)
