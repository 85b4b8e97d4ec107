from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spark_models.errors import SessionError
from spark_models.spark import kept
from spark_models.spark.kept import Kept, resident_bytes, size_of_files


class Shelf:
    """A cache, and what was loaded into it, in order."""

    def __init__(self, folder: Path) -> None:
        self.kept: Kept[str] = Kept()
        self.folder = folder
        self.loads: list[str] = []

    def take(self, name: str, size: int = 0) -> None:
        """Ask for a predictor whose files have so many bytes."""
        files = self.folder / name
        files.mkdir(exist_ok=True)
        (files / "model").write_bytes(bytes(size))
        assert self.kept.get(name, lambda: self._load(name), files) == name

    def _load(self, name: str) -> str:
        self.loads.append(name)
        return name

    def loads_again(self, *names: str) -> list[str]:
        """Which of these are loaded anew."""
        self.loads.clear()
        for name in names:
            self.take(name)
        return self.loads


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Sets count and bytes; resident memory is not looked at."""
    monkeypatch.setattr(kept, "resident_bytes", lambda: 0)

    def set_limits(count: int, size: int) -> None:
        monkeypatch.setenv("SPARK_MODELS_KEPT_PREDICTORS", str(count))
        monkeypatch.setenv("SPARK_MODELS_KEPT_BYTES", str(size))

    return set_limits


def test_beyond_the_count_the_least_recently_used_goes_first(
    limits: Callable[[int, int], None], tmp_path: Path
) -> None:
    limits(2, 100)
    shelf = Shelf(tmp_path)
    for name in ("a", "b", "a", "c"):
        shelf.take(name)
    assert shelf.loads_again("a", "c", "b") == ["b"]


def test_beyond_the_bytes_as_many_go_as_it_takes(limits: Callable[[int, int], None], tmp_path: Path) -> None:
    limits(9, 100)
    shelf = Shelf(tmp_path)
    for name, size in (("a", 40), ("b", 40), ("c", 10), ("d", 60)):
        shelf.take(name, size)
    assert shelf.loads_again("d", "c") == []
    assert shelf.loads_again("b", "a") == ["b", "a"]


def test_one_that_is_larger_than_the_limit_is_kept_alone(limits: Callable[[int, int], None], tmp_path: Path) -> None:
    limits(9, 100)
    shelf = Shelf(tmp_path)
    shelf.take("small", 10)
    shelf.take("large", 500)
    assert shelf.loads_again("large") == []
    assert shelf.loads_again("small") == ["small"]


def test_none_goes_that_is_in_use(limits: Callable[[int, int], None], tmp_path: Path) -> None:
    limits(1, 100)
    shelf = Shelf(tmp_path)
    with shelf.kept.in_use(["a", "b"]):
        shelf.take("a", 90)
        shelf.take("b", 90)
        assert shelf.loads_again("a", "b", "a") == []
    shelf.take("c")
    assert shelf.loads_again("c", "a") == ["a"]


def test_what_resident_memory_grew_by_counts_if_it_is_more_than_the_files(
    limits: Callable[[int, int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(9, 100)
    grown = iter([1000, 1090, 1090, 1100])
    monkeypatch.setattr(kept, "resident_bytes", lambda: next(grown))
    shelf = Shelf(tmp_path)
    shelf.take("a", 1)
    shelf.take("b", 11)
    monkeypatch.setattr(kept, "resident_bytes", lambda: 0)
    assert shelf.loads_again("b", "a") == ["a"]


def test_one_that_cannot_be_loaded_is_not_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    def fail() -> str:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  # it says nothing
        shelf.kept.get("a", fail, tmp_path)
    assert shelf.loads_again("a") == ["a"]


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_no_number_is_refused_by_its_name(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_MODELS_KEPT_BYTES", text)
    with pytest.raises(SessionError, match=f"SPARK_MODELS_KEPT_BYTES: set a whole number from 1 on, not '{text}'"):
        Shelf(tmp_path).take("a")


def test_resident_memory_grows_with_what_is_held_and_files_have_a_size(tmp_path: Path) -> None:
    before = resident_bytes()
    held = np.ones(8 << 20)
    assert resident_bytes() - before > held.nbytes // 2
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_bytes(bytes(7))
    (tmp_path / "MLmodel").write_bytes(bytes(5))
    assert size_of_files(tmp_path) == 12
    assert size_of_files(tmp_path / "none") == 0
