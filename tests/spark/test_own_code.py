import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spark_models.spark import own_code
from spark_models.spark.own_code import code_archive, ship_code, zipped

# All that is imported by name in a worker, and a finder that has none of what is the driver's alone.
WORKERS_CODE = """
import sys
from importlib import import_module

DRIVERS = {"delta", "mlflow", "pydantic", "pydantic_core", "rich", "sqlglot", "typer", "yaml"}

class WithoutTheDriversOwn:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in DRIVERS:
            raise ImportError(name)

sys.meta_path.insert(0, WithoutTheDriversOwn())
for name in ("errors", "spark.worker", "spark.engines.batches", "spark.engines.direct_work", "flavors",
             "flavors.acceleration.loading", "flavors.lightgbm", "flavors.onnx", "flavors.pyfunc", "flavors.sklearn",
             "flavors.xgboost", "spark.labelled.join", "spark.labelled.scatter", "spark.metrics.totals",
             "spark.metrics.errors", "spark.metrics.ranges"):
    import_module(f"spark_models.{name}")
print([name for name in ("lightgbm", "onnxruntime", "scipy", "sklearn", "xgboost") if name in sys.modules])
ours = {name: module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "spark_models"}
print([name for name, file in ours.items() if ".zip/" not in file])
"""


def test_the_workers_code_runs_from_its_archive_alone_and_imports_no_library_of_the_driver_or_of_models() -> None:
    path = f"{code_archive()}:{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-c", WORKERS_CODE]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert ended.stdout.splitlines() == ["[]", "[]"]


def test_the_same_modules_give_the_same_bytes_and_others_do_not(tmp_path: Path) -> None:
    def package(folder: Path, code: str) -> Path:
        (folder / "package" / "part").mkdir(parents=True)
        (folder / "package" / "part" / "a.py").write_text(code, encoding="utf-8")
        (folder / "package" / "py.typed").touch()
        return folder / "package"

    one, same = package(tmp_path / "one", "x = 1"), package(tmp_path / "same", "x = 1")
    os.utime(same / "part" / "a.py", (0, 0))
    assert zipped(one) == zipped(same)
    assert zipped(one) != zipped(package(tmp_path / "other", "x = 2"))


class Session:
    """What is asked of a session, without a cluster behind it."""

    def __init__(self, master: str, application: str = "app-1") -> None:
        self.conf = {"spark.master": master, "spark.app.id": application}
        self.sent: list[str] = []

    def addArtifacts(self, *path: str, pyfile: bool) -> None:  # noqa: N802  # Spark's name
        assert pyfile
        self.sent.extend(path)


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "_SHIPPED", set())


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]", "local[4, 2]"])
def test_workers_of_a_local_session_have_the_drivers_code(master: str) -> None:
    session: Any = Session(master)
    ship_code(session)
    assert session.sent == []


@pytest.mark.parametrize("master", ["local-cluster[2,1,1024]", "spark://host:7077", "yarn", "k8s://https://host"])
def test_an_application_on_a_cluster_gets_the_code_once(master: str) -> None:
    sessions: list[Any] = [Session(master), Session(master), Session(master, "app-2")]
    for session in [*sessions, *sessions]:
        ship_code(session)
    assert [session.sent for session in sessions] == [[str(code_archive())], [], [str(code_archive())]]
