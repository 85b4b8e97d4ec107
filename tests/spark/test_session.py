import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.spark.session import DELTA_PACKAGE, DELTA_SETTINGS, get_session

ROOT = Path(__file__).parents[2]
SETTINGS = [f"--conf={key}={value}" for key, value in DELTA_SETTINGS.items()]
FOR_ANOTHER_SPARK = "io.delta:delta-spark_2.13:4.0.0"
# Variables of whoever runs the tests. Without cached bytecode each process would compile pandas anew, for seconds.
OTHERS_SETTINGS = ("PYSPARK_", "SPARK_", "PYTHONDONTWRITEBYTECODE")

# A session that somebody else made, handed to a verb.
OTHERS = """
import sys
from pyspark.sql import SparkSession
import spark_models as sm

SparkSession.builder.getOrCreate()
try:
    sm.get_session()
except sm.SessionError as error:
    print(error)
    sys.exit(error.exit_code)
"""
OURS = """
import sys
from pyspark.sql import functions as F
import spark_models as sm

settings = {"spark.sql.maxConcurrentOutputFileWriters": "2"}
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
sys.stderr.write("stderr is the screen again")
"""


@dataclass(frozen=True)
class Ended:
    """A process that has come to its end."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(scope="module")
def ended(folder: Path) -> dict[str, Ended]:
    """Sessions of all kinds, each in a process of its own, and all at once: most of their time is the JVM's start."""
    (folder / "others.py").write_text(OTHERS, encoding="utf-8")
    submit = [str(Path(sys.executable).with_name("spark-submit")), "--master=local[1]", "--conf=spark.ui.enabled=false"]
    job = [str(ROOT / "jobs/score.py"), "--set", "model=models:/m/1", "--set", "output={table: t, keys: [id]}"]
    commands = {
        "without Delta": [*submit, *job, "--set", "tables.location=ops"],
        "without settings": [*submit, f"--packages={DELTA_PACKAGE}", "others.py"],
        "for another Spark": [*submit, f"--packages={FOR_ANOTHER_SPARK}", *SETTINGS, "others.py"],
        "ours": [sys.executable, "-c", OURS],
    }
    running = {name: _started(command, folder) for name, command in commands.items()}
    return {name: _ended(process) for name, process in running.items()}


def _started(command: list[str], folder: Path) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS_SETTINGS)}
    environment = kept | {
        # spark-submit runs the first python3 that it finds; our own session must not.
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}" if "spark-submit" in command[0] else "/usr/bin:/bin",
        # Without the compiler that pays for itself after minutes only.
        "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1",
    }
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _ended(process: "subprocess.Popen[str]") -> Ended:
    out, err = process.communicate(timeout=180)
    return Ended(process.returncode, out, err)


def test_a_session_without_deltas_jars_is_refused_with_all_that_brings_them(ended: dict[str, Ended]) -> None:
    refused = ended["without Delta"]
    assert refused.code == 8
    assert f"Delta's jars are missing: start Spark with --packages {DELTA_PACKAGE} --conf spark.sql.ext" in refused.out
    assert "Traceback" not in refused.out + refused.err


def test_a_session_with_deltas_jars_but_not_its_settings_is_refused_with_the_settings(ended: dict[str, Ended]) -> None:
    refused = ended["without settings"]
    assert refused.code == 8
    assert "Delta's jars are there, but not configured: start Spark with --conf" in refused.out
    assert all(f"--conf {key}={value}" in refused.out for key, value in DELTA_SETTINGS.items())


def test_a_session_with_deltas_jars_for_another_spark_is_refused_with_the_right_package(
    ended: dict[str, Ended],
) -> None:
    refused = ended["for another Spark"]
    assert refused.code == 8
    assert "Delta's jars are not for Spark 4." in refused.out
    assert f"--packages {DELTA_PACKAGE}" in refused.out
    assert "no other Delta jars" in refused.out


def test_workers_run_the_drivers_python_whatever_the_path_says(ended: dict[str, Ended]) -> None:
    assert ended["ours"].out.splitlines()[0] == sys.executable


def test_workers_start_with_what_the_daemon_has_preloaded_and_without_our_own_code(
    ended: dict[str, Ended], folder: Path
) -> None:
    assert ended["ours"].out.splitlines()[3] == "pandas pyarrow.parquet lightgbm"
    assert "'no_such_library' is not preloaded: ModuleNotFoundError" in (folder / "logs/spark.log").read_text("utf-8")


def test_a_session_of_our_own_has_times_that_mean_the_same_everywhere(ended: dict[str, Ended]) -> None:
    assert ended["ours"].out.splitlines()[1] == "UTC 8"


def test_a_session_of_our_own_writes_files_as_other_programs_do_unless_it_is_told_otherwise(
    ended: dict[str, Ended],
) -> None:
    assert ended["ours"].out.splitlines()[2] == "TIMESTAMP_MICROS 2"


def test_sparks_log_goes_to_its_file_and_not_to_the_screen(ended: dict[str, Ended], folder: Path) -> None:
    assert ended["ours"].code == 0
    assert ended["ours"].err == "stderr is the screen again"
    assert "io.delta#delta-spark" in (folder / "logs/spark.log").read_text(encoding="utf-8")


def test_an_active_session_is_used_as_it_is(spark: SparkSession, tmp_path: Path) -> None:
    zone = spark.conf.get("spark.sql.session.timeZone")
    log = tmp_path / "spark.log"

    same = get_session(SessionConfig(settings={"spark.sql.session.timeZone": "Asia/Tokyo"}, log_file=str(log)))

    assert same is spark
    assert spark.conf.get("spark.sql.session.timeZone") == zone
    assert not log.exists()


@pytest.mark.parametrize(
    "statement",
    ["import spark_models", "from spark_models.cli import app", "from spark_models import ScoreConfig, SessionError"],
)
def test_importing_starts_nothing_and_loads_no_heavy_library(statement: str) -> None:
    heavy = "{'pyspark', 'delta', 'mlflow', 'numpy', 'pandas', 'pyarrow', 'sklearn', 'lightgbm'}"
    program = f"import sys\n{statement}\nprint(sorted({heavy} & set(sys.modules)))"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout == "[]\n"


def test_what_spark_says_of_a_row_is_raised_and_not_printed(
    spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    assert get_session() is not None
    with pytest.raises(PySparkException, match="987654"):
        spark.sql("SELECT cast('987654x' AS int)").collect()
    assert "987654" not in "".join(capfd.readouterr())
