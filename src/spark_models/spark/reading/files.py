"""Parquet files where they lie: opened by the table's own paths, on the driver and in workers alike."""

from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pafs


def open_file(uri: str) -> Any:
    """A file to read from, as ``pyarrow.parquet`` takes it; ``uri`` is a path as Spark's ``inputFiles`` gives it.

    Raises:
        OSError: if it is not there, or may not be read.
        ValueError: if nothing here opens its scheme.
    """
    system, path = file_system(uri)
    return system.open_input_file(path)


def is_local(uri: str) -> bool:
    """Whether a path is one of this machine's disk."""
    scheme, colon, _ = uri.partition(":")
    return not colon or scheme == "file"


def file_system(uri: str) -> tuple[pafs.FileSystem, str]:
    """The file system that a path is on, and the path there: Arrow's own if it has one, else fsspec's."""
    scheme, colon, rest = uri.partition(":")
    if is_local(uri):
        path = rest if colon else uri
        return pafs.LocalFileSystem(), path.removeprefix("//")
    # Spark's paths are not encoded, so only the part before them is taken for a URI.
    host = urlsplit(f"{scheme}://{rest.removeprefix('//').partition('/')[0]}")
    path = rest.removeprefix("//").partition("/")[2]
    try:
        system, root = pafs.FileSystem.from_uri(_arrow_uri(host.geturl()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _fsspec(uri)
    return system, f"{root.rstrip('/')}/{path}"


def _arrow_uri(uri: str) -> str:
    # Hadoop's names for S3; Arrow has one.
    return uri.replace("s3a://", "s3://", 1).replace("s3n://", "s3://", 1)


def _fsspec(uri: str) -> tuple[pafs.FileSystem, str]:
    try:
        core = import_module("fsspec.core")  # only there where someone needs it
        # It takes hosts and accounts from the URI, where a file system has them there.
        system, path = core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        raise ValueError(f"nothing here opens {uri.partition(':')[0]}://") from error
    return pafs.PyFileSystem(pafs.FSSpecHandler(system)), path
