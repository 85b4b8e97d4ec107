"""Files are opened where they lie: by Arrow, by fsspec, or not at all, with the reason."""

import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_models.spark.reading.files import file_system, open_file
from spark_models.spark.reading.footers import UnreadableError, read_footers


class Memory:
    """As much of fsspec's own file system in memory as reading takes."""

    protocol = "memory"

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def isfile(self, path: str) -> bool:
        return path in self.files

    def open(self, path: str, mode: str) -> BytesIO:
        assert mode == "rb"
        return BytesIO(self.files[path])


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of an fsspec that knows one scheme; the real one is no requirement."""
    files: dict[str, bytes] = {}

    def url_to_fs(uri: str) -> tuple[Any, str]:
        scheme, _, path = uri.partition("://")
        if scheme != "memory":
            raise ValueError(f"Protocol not known: {scheme}")
        return Memory(files), f"/{path}"

    core = ModuleType("fsspec.core")
    core.url_to_fs = url_to_fs  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fsspec", ModuleType("fsspec"))
    monkeypatch.setitem(sys.modules, "fsspec.core", core)
    return files


@pytest.mark.parametrize("start", ["", "file:", "file://"])
def test_a_local_file_is_read_by_its_path_which_is_not_encoded(tmp_path: Path, start: str) -> None:
    path = tmp_path / "it's 100%25 #1.txt"
    path.write_bytes(b"here")
    assert open_file(f"{start}{path}").read() == b"here"


@pytest.mark.parametrize(
    ("uri", "kind", "path"),
    [
        ("gs://bucket/a b/c%2Fd", "gcs", "bucket/a b/c%2Fd"),
        ("abfss://lake@account.dfs.core.windows.net/a b/c", "abfs", "lake/a b/c"),
    ],
)
def test_arrow_opens_the_schemes_that_it_knows(uri: str, kind: str, path: str) -> None:
    system, found = file_system(uri)
    assert (system.type_name, found) == (kind, path)


def test_fsspec_opens_the_others(memory: dict[str, bytes]) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": [1, 2]}), sink)
    memory["/lake/a=b%2F/part 0.parquet"] = sink.getvalue().to_pybytes()
    uri = "memory://lake/a=b%2F/part 0.parquet"
    [footer] = read_footers([uri], {"id": pa.int64()})
    assert (footer.uri, footer.rows) == (uri, (2,))
    assert pq.read_table(open_file(uri))["id"].to_pylist() == [1, 2]


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("uri", "kind"), [("memory://lake/none", "FileNotFoundError"), ("nosuch://bucket/key", "ValueError")]
)
def test_a_file_that_fsspec_does_not_open_is_told(uri: str, kind: str) -> None:
    with pytest.raises(UnreadableError, match=rf"cannot be opened here \({kind}\)"):
        read_footers([uri], {"id": pa.int64()})


def test_without_fsspec_a_scheme_that_arrow_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ValueError, match="nothing here opens memory://"):
        open_file("memory://lake/file")
    with pytest.raises(UnreadableError, match="cannot be opened here"):
        read_footers(["memory://lake/file"], {"id": pa.int64()})
