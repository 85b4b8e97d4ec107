import sys
from pathlib import Path

import pytest

from spark_models.spark.daemon import preload

LAZY = """
from importlib import import_module

__all__ = ["part"]

def __getattr__(name):
    return import_module(f"noisy.{name}")
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which modules can be imported, and which are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("noisy", "noisy.part", "broken"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_nothing_that_a_library_prints_gets_between_spark_and_its_daemon(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (library / "noisy.py").write_text("print('hello')", encoding="utf-8")
    preload(["noisy"])
    assert capsys.readouterr() == ("", "hello\n")


def test_parts_that_a_library_imports_when_they_are_asked_for_are_preloaded_too(library: Path) -> None:
    (library / "noisy").mkdir()
    (library / "noisy" / "__init__.py").write_text(LAZY, encoding="utf-8")
    (library / "noisy" / "part.py").touch()
    preload(["noisy"])
    assert "noisy.part" in sys.modules


def test_libraries_that_are_not_there_or_fail_are_noted_and_the_others_are_preloaded(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (library / "broken.py").write_text("raise OSError('libgomp.so.1')", encoding="utf-8")
    (library / "noisy.py").touch()
    preload(["no_such_library", "broken", "noisy"])
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("SPARK_MODELS_PRELOAD: 'no_such_library' is not preloaded: ModuleNotFoundError")
    assert second == "SPARK_MODELS_PRELOAD: 'broken' is not preloaded: OSError: libgomp.so.1"
    assert "noisy" in sys.modules
