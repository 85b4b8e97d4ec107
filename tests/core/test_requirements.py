from collections.abc import Iterator

import pytest

from spark_models.core import requirements
from spark_models.core.requirements import differing_versions, pinned_requirements


@pytest.mark.parametrize(
    "line",
    [
        "scikit-learn>=1.9.0",
        "scikit-learn",
        "scikit-learn==1.9.*",
        "scikit-learn==1.9.0; python_version < '3.12'",
        "scikit-learn==1.9.0,!=1.9.1",
        "-r others.txt",
        "https://example.com/a==1.whl",
    ],
)
def test_lines_that_do_not_ask_for_one_version_are_left_out(line: str) -> None:
    assert pinned_requirements([line]) == ()


def test_pinned_lines_keep_their_order_without_extras_and_spaces() -> None:
    assert pinned_requirements(["b == 2.0+cpu ", "a[x, y]==1.0rc1"]) == ("b==2.0+cpu", "a==1.0rc1")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    versions = {"scikit-learn": "1.8.0", "torch": "2.5.0+cpu", "numpy": "2.0"}
    monkeypatch.setattr(requirements, "_installed", versions.get)
    differing_versions.cache_clear()
    yield
    differing_versions.cache_clear()


@pytest.mark.usefixtures("installed")
def test_only_libraries_that_are_here_in_another_version_are_told() -> None:
    asked = ("scikit-learn==1.9.0", "torch==2.5.0", "numpy==2.0.0", "absent==1.0")
    assert differing_versions(asked, "this worker") == ("this worker has scikit-learn 1.8.0, the model asks for 1.9.0",)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("asked", ["torch==2.5.0+cu12", "torch==2.5.1", "numpy==2.0.0.1", "numpy==20"])
def test_another_build_that_is_asked_for_and_another_number_are_other_versions(asked: str) -> None:
    assert len(differing_versions((asked,), "here")) == 1


def test_the_versions_are_those_of_this_python() -> None:
    assert differing_versions(("numpy==0.0.1",), "here")[0].startswith("here has numpy ")
