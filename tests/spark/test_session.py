import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.errors import SessionError
from spark_models.spark.session import _new_session, get_session
from spark_models.spark.session_on_demand import session_on_demand
from spark_models.spark.session_start import failed_start_told


def test_a_session_that_is_there_is_used_as_it_is_in_every_thread(spark: SparkSession, tmp_path: Path) -> None:
    settings = spark.conf.getAll
    log = tmp_path / "spark.log"
    config = SessionConfig(settings={"spark.sql.session.timeZone": "Asia/Tokyo"}, log_file=str(log))

    with ThreadPoolExecutor(1) as pool:
        others = [pool.submit(make, config).result() for make in (get_session, session_on_demand)]

    assert all(session is spark for session in (get_session(config), *others))
    assert spark.conf.getAll == settings
    assert not log.exists()


def test_where_spark_does_not_start_it_is_told_what_is_missing(tmp_path: Path) -> None:
    program = """
import os
import spark_models as sm

for name in ("JAVA_HOME", "SPARK_HOME"):
    os.environ[name] = "/nonexistent"
    try:
        sm.get_session()
    except sm.SessionError as error:
        print(error.exit_code, *error.problems, sep="|")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    java, home = ended.stdout.splitlines()
    assert java.startswith("8|there is no Java at JAVA_HOME (/nonexistent): install Java 17 or newer")
    assert home.startswith("8|Spark's programs are not at SPARK_HOME (/nonexistent): unset or correct it")
    assert java.endswith("|spark-models.log has the reason")
    assert "/nonexistent/bin/java" in (tmp_path / "spark-models.log").read_text("utf-8")
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (Py4JError("the JVM's own words"), ["check session.master (spark://host:7077): the master must be "]),
        (
            PySparkRuntimeError(errorClass="JAVA_GATEWAY_EXITED", messageParameters={}),
            [
                "check session.master (spark://host:7077): the master must be ",
                "check that /opt/java/bin/java is Java 17",
            ],
        ),
    ],
)
def test_a_master_that_cannot_be_had_is_named(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, told: list[str]
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/opt/java")
    monkeypatch.setattr("shutil.which", lambda program: program)
    with (
        pytest.raises(SessionError, match="Spark does not start") as refused,
        failed_start_told("session.master (spark://host:7077)", "spark.log"),
    ):
        raise failure
    *problems, log = refused.value.problems
    assert [problem[: len(start)] for problem, start in zip(problems, told, strict=True)] == told
    assert log == "spark.log has the reason"


def test_a_connect_server_that_does_not_answer_is_refused_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_models.spark.session_remote.ANSWER_SECONDS", 0.5)
    with socket.create_server(("localhost", 0)) as mute:
        port = mute.getsockname()[1]
        monkeypatch.setenv("SPARK_REMOTE", f"sc://localhost:{port}/;token=secret")
        with pytest.raises(SessionError) as refused:
            _new_session(SessionConfig())
    [problem] = refused.value.problems
    assert problem == f"no Spark Connect server answers at localhost:{port}: check that it runs, and SPARK_REMOTE"


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
