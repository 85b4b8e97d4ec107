"""Sessions of all kinds, each in a process of its own: those that are refused, and our own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.processes import OTHERS, QUICK_START, ROOT, SCRIPTS, Ended, ended

from spark_models.spark.session import DELTA_PACKAGE, DELTA_SETTINGS

SETTINGS = [f"--conf={key}={value}" for key, value in DELTA_SETTINGS.items()]
FOR_ANOTHER_SPARK = "io.delta:delta-spark_2.13:4.0.0"
# A session that somebody else made, handed to a verb.
SOMEBODYS = """
import sys
from pyspark.sql import SparkSession
import spark_models as sm

session = SparkSession.builder.getOrCreate()
output = sm.OutputConfig(table="lake/predictions", keys=("id",))
try:
    # Handed over, as a notebook does.
    sm.score(sm.ScoreConfig(model="models:/m/1", tables=sm.TablesConfig(location="ops"), output=output), spark=session)
except sm.SessionError as error:
    print(error)
    sys.exit(error.exit_code)
"""
OURS = """
import sys
from pyspark.sql import functions as F
import spark_models as sm

settings = {"spark.sql.maxConcurrentOutputFileWriters": "2", "spark.jars.packages": "commons-pool:commons-pool:1.6,"}
preloading = {
    "spark.python.daemon.module": "spark_models.spark.daemon",
    "spark.executorEnv.SPARK_MODELS_PRELOAD": "lightgbm, no_such_library,",
}
session = sm.get_session(
    sm.SessionConfig(master="local[1]", log_file="logs/spark.log", settings=settings | preloading)
)
worker = F.udf(lambda _: sys.executable)
print(session.range(1).select(worker("id")).first()[0])
print(session.conf.get("spark.sql.session.timeZone"), session.conf.get("spark.sql.shuffle.partitions"))
print(*map(session.conf.get, ("spark.sql.parquet.outputTimestampType", *settings)))
modules = ("pandas", "pyarrow.parquet", "lightgbm", "spark_models", "spark_models.spark.daemon")
preloaded = F.udf(lambda _: " ".join(name for name in modules if name in sys.modules))
print(session.range(1).select(preloaded("id")).first()[0])
print(session.conf.get("spark.jars"))
sys.stderr.write("stderr is the screen again")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(scope="module")
def ran(folder: Path, classes: Path) -> dict[str, Ended]:
    """All at once, since most of their time is the JVM's start."""
    (folder / "others.py").write_text(SOMEBODYS, encoding="utf-8")
    submit = (str(SCRIPTS / "spark-submit"), "--master=local[1]", "--conf=spark.ui.enabled=false")
    job = (str(ROOT / "jobs/score.py"), "--set", "model=models:/m/1", "--set", "output={table: t, keys: [id]}")
    commands = {
        "without Delta": (*submit, *job, "--set", "tables.location=ops"),
        "without settings": (*submit, f"--packages={DELTA_PACKAGE}", "others.py"),
        "for another Spark": (*submit, f"--packages={FOR_ANOTHER_SPARK}", *SETTINGS, "others.py"),
        "ours": (sys.executable, "-c", OURS),
    }
    running = {name: started(command, folder, classes) for name, command in commands.items()}
    return {name: ended(process) for name, process in running.items()}


def started(command: tuple[str, ...], folder: Path, classes: Path) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    shared = (f"-XX:SharedArchiveFile={classes}",) if classes.exists() else ()
    environment = kept | {
        # spark-submit runs the first python3 that it finds; our own session must not.
        "PATH": f"{SCRIPTS}:{kept['PATH']}" if "spark-submit" in command[0] else "/usr/bin:/bin",
        "SPARK_SUBMIT_OPTS": " ".join((*QUICK_START, *shared)),
    }
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_session_without_deltas_jars_is_refused_with_all_that_brings_them(ran: dict[str, Ended]) -> None:
    refused = ran["without Delta"]
    assert refused.code == 8
    assert f"Delta's jars are missing: start Spark with --packages {DELTA_PACKAGE} --conf spark.sql.ext" in refused.out
    assert "Traceback" not in refused.out + refused.err


def test_a_session_with_deltas_jars_but_not_its_settings_is_refused_with_the_settings(ran: dict[str, Ended]) -> None:
    refused = ran["without settings"]
    assert refused.code == 8
    assert "Delta's jars are there, but not configured: start Spark with --conf" in refused.out
    assert all(f"--conf {key}={value}" in refused.out for key, value in DELTA_SETTINGS.items())


def test_a_session_with_deltas_jars_for_another_spark_is_refused_with_the_right_package(
    ran: dict[str, Ended],
) -> None:
    refused = ran["for another Spark"]
    assert refused.code == 8
    assert "Delta's jars are not for Spark 4." in refused.out
    assert f"--packages {DELTA_PACKAGE}" in refused.out
    assert "no other Delta jars" in refused.out


def test_workers_run_the_drivers_python_whatever_the_path_says(ran: dict[str, Ended]) -> None:
    assert ran["ours"].out.splitlines()[0] == sys.executable


def test_workers_start_with_what_the_daemon_has_preloaded_and_without_our_own_code(
    ran: dict[str, Ended], folder: Path
) -> None:
    assert ran["ours"].out.splitlines()[3] == "pandas pyarrow.parquet lightgbm"
    assert "'no_such_library' is not preloaded: ModuleNotFoundError" in (folder / "logs/spark.log").read_text("utf-8")


def test_a_session_of_our_own_has_times_that_mean_the_same_everywhere(ran: dict[str, Ended]) -> None:
    assert ran["ours"].out.splitlines()[1] == "UTC 8"


def test_a_session_of_our_own_writes_files_as_other_programs_do_unless_it_is_told_otherwise(
    ran: dict[str, Ended],
) -> None:
    assert ran["ours"].out.splitlines()[2].startswith("TIMESTAMP_MICROS 2 ")


def test_packages_that_config_asks_for_come_with_deltas_even_those_that_delta_does_without(
    ran: dict[str, Ended],
) -> None:
    asked, came = ran["ours"].out.splitlines()[2], ran["ours"].out.splitlines()[4]
    assert asked.endswith(f" {DELTA_PACKAGE},commons-pool:commons-pool:1.6")
    assert "commons-pool_commons-pool-1.6.jar" in came
    assert "io.delta_delta-spark" in came
    assert "org.apache.hadoop" not in came


def test_sparks_log_goes_to_its_file_and_not_to_the_screen(ran: dict[str, Ended], folder: Path) -> None:
    assert ran["ours"].code == 0
    assert ran["ours"].err == "stderr is the screen again"
    assert "io.delta#delta-spark" in (folder / "logs/spark.log").read_text(encoding="utf-8")
