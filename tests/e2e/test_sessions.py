"""The same code on a cluster of several processes and on Spark Connect gives what the local session gave.

Workers there do not have the package: it comes with the job.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Demo
from tests.e2e.processes import ROOT, SCRIPTS, TIMEOUT_SECONDS, Workspace, ended

from spark_models.spark.session import DELTA_PACKAGE, DELTA_SETTINGS, JARS_OF_SPARK

ENGINES = ("pandas_udf", "arrow", "direct")
PROGRAM = str(ROOT / "tests/e2e/scoring_program.py")
# Python runs this when it starts: a package that was installed from a folder of sources is no longer there. What drives
# the micro-batches of a stream is no worker: on Spark Connect it is the server's own Python, which has the package.
WITHOUT_THE_PACKAGE = """
import sys
from pathlib import Path

if "foreach_batch_worker" not in " ".join(sys.orig_argv):
    sys.path[:] = [folder for folder in sys.path if not Path(folder, "spark_models").is_dir()]
"""
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


@pytest.fixture(params=["cluster", "connect"])
def scored(request: pytest.FixtureRequest, demo: Demo, tmp_path: Path) -> Iterator[Workspace]:
    """The demo's flights, some scored on another kind of session by every engine, by workers without the package."""
    workspace = demo.copy(tmp_path / "clone", "mlflow.db", "lake/flights", "lake/predictions")
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text(WITHOUT_THE_PACKAGE, encoding="utf-8")
    if request.param == "cluster":
        ran = ended(workspace.start("python", PROGRAM, "local-cluster[2,1,1024]", str(without)))
        assert ran.code == 0, ran.out + ran.err
        yield workspace
        return
    port = free_port()
    server = connect_server(workspace, port, without)
    try:
        environment = {**workspace.environment, "SPARK_REMOTE": f"sc://localhost:{port}"}
        ran = ended(workspace.start("python", PROGRAM, "unused", "unused", environment=environment))
        assert ran.code == 0, ran.out + ran.err
        yield workspace
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def connect_server(workspace: Workspace, port: int, workers_path: Path) -> "subprocess.Popen[bytes]":
    """A Connect server in the workspace, when it answers: clients would wait longer and longer between their calls."""
    settings = {
        **DELTA_SETTINGS,
        "spark.jars.excludes": ",".join(JARS_OF_SPARK),
        "spark.connect.grpc.binding.port": port,
        "spark.sql.session.timeZone": "UTC",
    }
    options = [option for name, value in settings.items() for option in ("--conf", f"{name}={value}")]
    command = (str(SCRIPTS / "spark-submit"), "--class", SERVER, "--packages", DELTA_PACKAGE, *options)
    environment = {
        **workspace.environment,
        "PYSPARK_PYTHON": str(SCRIPTS / "python"),
        "PYTHONPATH": str(workers_path),
    }
    # A pipe that nobody reads would stop the server when it is full.
    with (workspace.folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=workspace.folder, env=environment, stdout=log, stderr=log)
    over = time.monotonic() + TIMEOUT_SECONDS
    while not answers(port):
        assert server.poll() is None, (workspace.folder / "server.log").read_text(encoding="utf-8")
        assert time.monotonic() < over, "the server does not answer"
    return server


def answers(port: int) -> bool:
    """Whether something listens, within half a second."""
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        time.sleep(0.2)
        return False
    return True


def test_the_same_promises_hold_as_in_the_local_session(scored: Workspace) -> None:
    """All in one, since each program is a session of its own: a minute."""
    every_engine_gives_the_local_predictions(scored)
    each_group_has_the_predictions_of_its_own_model(scored)
    null_and_nan_stay_what_they_were(scored)
    an_alias_that_moves_changes_nothing(scored)
    a_stage_a_function_and_a_stream_give_the_local_predictions(scored)
    a_failure_says_where_and_quotes_no_value(scored)


def every_engine_gives_the_local_predictions(scored: Workspace) -> None:
    for engine in ENGINES:
        [counted] = scored.query(
            f"""
            SELECT count(*), count(DISTINCT model_version), count_if(there.prediction = here.prediction)
            FROM {engine} AS there JOIN predictions AS here USING (flight_id, model_name, model_version)
            """  # noqa: S608  # our own names
        ).fetchall()
        rows, versions, equal = counted
        assert rows > 0
        assert (versions, equal) == (2, rows), engine
        [counted] = scored.query(f"SELECT count(*) FROM {engine}").fetchall()  # noqa: S608  # the same
        assert scored.query("SELECT 2 * count(*) FROM marked").fetchall() == [counted], engine


def each_group_has_the_predictions_of_its_own_model(scored: Workspace) -> None:
    [counted] = scored.query(
        """
        SELECT count(*), count_if(there.prediction = here.prediction), count_if(there.day = model_version)
        FROM days AS there JOIN predictions AS here USING (flight_id, model_name, model_version)
        """
    ).fetchall()
    [expected] = scored.query("SELECT count(*) FROM marked WHERE day <= 2").fetchone()
    assert counted == (expected, expected, expected)
    assert scored.query("SELECT count(*), count(DISTINCT day) FROM days").fetchall() == [(expected, 2)]


def null_and_nan_stay_what_they_were(scored: Workspace) -> None:
    for engine in ENGINES:
        marks = scored.query(
            f"SELECT DISTINCT day, CAST(mark AS VARCHAR) FROM {engine} ORDER BY day"  # noqa: S608  # our own names
        ).fetchall()
        assert marks == [(1, "nan"), (2, None), (3, "1.0")], engine
    odd = scored.query("SELECT id, CAST(prediction AS VARCHAR) FROM odd ORDER BY id").fetchall()
    assert odd == [(1, None), (2, "nan"), (3, "0.5")]


def an_alias_that_moves_changes_nothing(scored: Workspace) -> None:
    for table in ("udf", "moved"):
        require_local_predictions(scored, table, version=2)


def a_stage_a_function_and_a_stream_give_the_local_predictions(scored: Workspace) -> None:
    for table in ("function", "stream"):
        require_local_predictions(scored, table, version=1)
    assert scored.query("SELECT count_if(staged = prediction) FROM function").fetchall() == rows_of_marked(scored)


def require_local_predictions(scored: Workspace, table: str, version: int) -> None:
    [counted] = scored.query(
        f"""
        SELECT count(*), count_if(there.prediction = here.prediction)
        FROM {table} AS there JOIN predictions AS here USING (flight_id) WHERE here.model_version = ?
        """,  # noqa: S608  # our own names
        version,
    ).fetchall()
    assert [(rows,) for rows in counted] == rows_of_marked(scored) * 2, table


def rows_of_marked(scored: Workspace) -> Any:
    return scored.query("SELECT count(*) FROM marked").fetchall()


def a_failure_says_where_and_quotes_no_value(scored: Workspace) -> None:
    told = (scored.folder / "demo/failure.txt").read_text(encoding="utf-8")
    assert "predict raised ValueError" in told
    assert "987654" not in told
