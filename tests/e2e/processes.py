"""The project's own programs, run in a folder as a person or a scheduler runs them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import duckdb
from deltalake import DeltaTable

from spark_models.spark.session import DELTA_PACKAGE

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
# The smallest part of the flights, every Nth of them, on which the second model is better by the gate's measure.
EVERY = 8
# A JVM takes longer than any step here on a busy machine.
TIMEOUT_SECONDS = 900
# Variables of whoever runs the tests. Without cached bytecode each program would compile MLflow anew, for seconds.
OTHERS = ("MLFLOW_", "PYSPARK_", "SPARK_", "PYTHONDONTWRITEBYTECODE")

# What is there to make a small machine quick, for every JVM that starts: neither the compiler and the collector that
# pay for themselves after minutes only, nor more tasks than cores.
QUICK_START = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    # What the JVM has to say of an archive of classes would go to stdout.
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
)
QUICK_JVM = (
    *QUICK_START,
    "-Dspark.ui.enabled=false",
    "-Dspark.sql.shuffle.partitions=2",
    "-Dspark.databricks.delta.snapshotPartitions=2",
)
# Plans that are neither adapted while they run nor compiled: it takes longer than to run them on a few flights. The
# first program, which is the demo, has both, as everybody has.
PLAIN_PLANS = (
    "-Dspark.sql.adaptive.enabled=false",
    "-Dspark.sql.codegen.wholeStage=false",
    "-Dspark.sql.codegen.factoryMode=NO_CODEGEN",
)


@dataclass(frozen=True)
class Ended:
    """A process that has come to its end."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, all of which must be one JSON value."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Application:
    """Jobs under one ``spark-submit``: those that are written into ``asked`` are run in turn; ``log`` is its stderr."""

    process: "subprocess.Popen[str]"
    asked: TextIO
    log: Path

    def run(self, verb: str, *arguments: str) -> Ended:
        """Run the verb's job with its own config."""
        assert self.process.stdout is not None
        command = (verb, "--config", f"conf/{verb}.yaml", *arguments)
        print(json.dumps(command), file=self.asked, flush=True)
        answer = self.process.stdout.readline()
        assert answer, self.log.read_text(encoding="utf-8")
        code, out = json.loads(answer)
        return Ended(command, code, out, "")

    def end(self) -> Ended:
        """Let it come to its end, with what is left of its stdout."""
        self.asked.close()
        done = ended(self.process)
        return Ended(done.command, done.code, done.out, self.log.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Workspace:
    """A folder with the project's configs and jobs in it, as in a clone.

    ``classes`` is an archive of loaded classes that JVMs share, which halves the time that one takes to start: the
    first program leaves it behind, all others use it.
    """

    folder: Path
    classes: Path

    @property
    def lake(self) -> Path:
        return self.folder / "demo/lake"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        is_first = not self.classes.exists()
        archive, plans = ("-XX:ArchiveClassesAtExit", ()) if is_first else ("-XX:SharedArchiveFile", PLAIN_PLANS)
        return kept | {
            # spark-submit runs the first python3 that it finds.
            "PATH": f"{SCRIPTS}:{kept['PATH']}",
            "MLFLOW_TRACKING_URI": "sqlite:///demo/mlflow.db",
            "SPARK_SUBMIT_OPTS": " ".join((*QUICK_JVM, *plans, f"{archive}={self.classes}")),
        }

    def start(self, *command: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start a program in the folder."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment or self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def cli(self, verb: str, *arguments: str) -> "subprocess.Popen[str]":
        """Start ``spark-models`` with the verb's own config."""
        return self.start(str(SCRIPTS / "spark-models"), verb, "--config", f"conf/{verb}.yaml", *arguments)

    def application(self) -> Application:
        """Start an application by ``spark-submit`` that runs jobs in turn."""
        jobs, log = self.folder / "demo/jobs", self.folder / "demo/jobs.log"
        os.mkfifo(jobs)
        program = (str(ROOT / "tests/e2e/jobs_in_turn.py"), str(jobs))
        # A pipe that nobody reads would stop it when it is full of Spark's own lines.
        with log.open("w", encoding="utf-8") as lines:
            process = subprocess.Popen(
                (str(SCRIPTS / "spark-submit"), "--packages", DELTA_PACKAGE, *program),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=lines,
                text=True,
            )
        # For reading too, though nobody does: for writing alone it would be waited for until the other end is there.
        return Application(process, os.fdopen(os.open(jobs, os.O_RDWR), "w", encoding="utf-8"), log)

    def query(self, sql: str, *values: Any) -> Any:
        """What DuckDB finds in the lake's tables, each of which goes by the last part of its path."""
        connection = duckdb.connect()
        for table in self.versions():
            connection.register(Path(table).name, DeltaTable(self.lake / table).to_pyarrow_dataset())
        return connection.execute(sql, values)

    def versions(self) -> dict[str, int]:
        """Every Delta table of the lake, with its version."""
        logs = sorted(self.lake.rglob("_delta_log"))
        return {str(log.parent.relative_to(self.lake)): DeltaTable(log.parent).version() for log in logs}


def ended(process: "subprocess.Popen[str]") -> Ended:
    """Wait for the process."""
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    command = process.args
    assert isinstance(command, tuple)
    return Ended(command, process.returncode, out, err)


def make_workspace(folder: Path, classes: Path) -> Workspace:
    """A folder as a fresh clone has it."""
    folder.mkdir(parents=True)
    for name in ("conf", "jobs"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return Workspace(folder, classes)
