"""This package's own code, shipped to executors that may lack it, or have another version of it."""

import re
import zipfile
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from spark_models.spark.own_folder import own_folder

PACKAGE = "spark_models"

# Workers of these run on the driver's machine, with the driver's Python.
_LOCAL = re.compile(r"local(\[[^]]*\])?")
# Sessions that have the code: a server's by their own ids, an application's by its id, which all its sessions share.
_SHIPPED: set[str] = set()


def ship_code(spark: SparkSession) -> None:
    """Let workers import this very package, where it may not be theirs: everywhere but in a local session.

    A session of Spark Connect always gets it, since its client does not share the server's Python.
    """
    place = _place(spark)
    if place is None or place in _SHIPPED:
        return
    spark.addArtifacts(str(code_archive()), pyfile=True)
    _SHIPPED.add(place)


def _place(spark: SparkSession) -> str | None:
    """What the code is shipped to; None if nothing has to be."""
    if is_remote():
        return str(spark.session_id)  # type: ignore[attr-defined]  # only Connect's sessions have one
    master = spark.conf.get("spark.master", "") or ""
    return None if _LOCAL.fullmatch(master) else spark.conf.get("spark.app.id", master)


@cache
def code_archive() -> Path:
    """A zip file of the package's modules, named by its content, since Spark refuses other content under one name."""
    content = zipped(files(PACKAGE))
    archive = own_folder() / f"{PACKAGE}-{sha256(content).hexdigest()[:32]}.zip"
    with NamedTemporaryFile(dir=archive.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(archive)
    return archive


def zipped(package: Traversable) -> bytes:
    """A zip file of a package's modules: the same modules give the same bytes."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, module in _modules(package, package.name):
            entry = zipfile.ZipInfo(name)  # of 1980, as all of them
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, module.read_bytes())
    return content.getvalue()


def _modules(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for part in sorted(folder.iterdir(), key=lambda part: part.name):
        if part.is_dir():
            yield from _modules(part, f"{name}/{part.name}")
        elif part.name.endswith(".py"):
            yield f"{name}/{part.name}", part
