import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.models import Store

from spark_models.core.config import RegistryConfig
from spark_models.errors import RegistryError
from spark_models.registry.connection import connect


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Answering(BaseHTTPRequestHandler):
    """Answers all that it is asked for but its health in the one way that its server has."""

    def do_GET(self) -> None:  # the name that http.server calls
        server = self.server
        assert isinstance(server, Answers)
        server.asked.append(self.path)
        status, body = (200, "OK") if self.path == "/health" else server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815  # the same

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class Answers(HTTPServer):
    """A server of one answer, and the paths that it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer = (200, "{}")
        self.asked: list[str] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Answers]:
    server = Answers()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def refusal(uri: str, *, may_create: bool = False) -> str:
    """What is told of an address with credentials, which are not shown; and what to check, always."""
    with pytest.raises(RegistryError) as refused:
        connect(RegistryConfig(tracking_uri=uri), may_create=may_create)
    told = str(refused.value)
    assert told.endswith("or MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI")
    assert "hunter2" not in told
    return told


@pytest.mark.parametrize("scheme", ["http", "postgresql", "mysql+pymysql"])
def test_a_server_that_does_not_answer_is_refused_within_seconds(scheme: str) -> None:
    uri = f"{scheme}://127.0.0.1:{closed_port()}"
    began = time.monotonic()
    assert re.search(r"127\.0\.0\.1:\d+ does not answer: check that the \w+ runs", refusal(uri))
    assert time.monotonic() - began < 10


def test_credentials_in_an_address_are_not_shown() -> None:
    assert "someone" not in refusal(f"http://someone:hunter2@127.0.0.1:{closed_port()}")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((503, "{}"), "answers with HTTP status 503: check the server's log"),
        ((500, "{}"), "answers with HTTP status 500: check the server's log"),
        ((404, "{}"), "there is no MLflow at http://127.0.0.1:"),
        ((200, "<html>welcome</html>"), "there is no MLflow at http://127.0.0.1:"),
    ],
)
def test_a_server_that_does_not_answer_as_mlflow_does_is_refused_at_once(
    server: Answers, answer: tuple[int, str], told: str
) -> None:
    server.answer = answer
    assert told in refusal(server.uri.replace("://", "://someone:hunter2@"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [(200, "{}"), (401, "who are you?"), (403, "not for you"), (429, "later")])
def test_a_server_is_asked_once_and_may_refuse_us(server: Answers, answer: tuple[int, str]) -> None:
    server.answer = answer
    connect(RegistryConfig(tracking_uri=server.uri))
    assert len(server.asked) == 1


def test_every_server_that_does_not_answer_is_named() -> None:
    tracking, registry = closed_port(), closed_port()
    config = RegistryConfig(tracking_uri=f"http://127.0.0.1:{tracking}", registry_uri=f"http://127.0.0.1:{registry}")
    with pytest.raises(RegistryError) as refused:
        connect(config)
    assert [problem.split()[0] for problem in refused.value.problems] == [
        f"http://127.0.0.1:{tracking}",
        f"http://127.0.0.1:{registry}",
        "check",
    ]


def test_a_database_whose_driver_is_not_there_is_told_with_it(server: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    told = refusal(f"mysql+pymysql://someone:hunter2@127.0.0.1:{server.server_port}/mlflow")
    assert "needs the Python module 'pymysql'" in told
    assert "cannot be used (NoSuchModuleError)" in refusal(f"mysql+nosuchdriver://127.0.0.1:{server.server_port}/m")


def test_a_file_that_is_no_database_is_refused_without_the_sql_that_failed(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database at all", "utf-8")
    uri = f"sqlite:///{tmp_path}/text.db"
    for told in (refusal(uri), refusal(uri, may_create=True)):
        assert f"{uri} cannot be used (DatabaseError): check the path" in told
        assert "PRAGMA" not in told


def test_a_database_that_is_not_there_is_made_by_nobody_but_who_may(tmp_path: Path) -> None:
    absent, empty = tmp_path / "folder" / "mlfow.db", tmp_path / "empty.db"
    empty.touch()
    assert f"there is no database at {absent}: only `spark-models register` makes one" in refusal(f"sqlite:///{absent}")
    assert "there is no MLflow in the database sqlite:///" in refusal(f"sqlite:///{empty}")
    assert not absent.parent.exists()
    assert empty.stat().st_size == 0
    registry = connect(RegistryConfig(tracking_uri=f"sqlite:///{absent}"), may_create=True)
    assert registry.client.search_registered_models() == []


def test_a_database_in_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = refusal(f"sqlite:///{tmp_path}/file/more/mlflow.db", may_create=True)
    assert "cannot be used (NotADirectoryError): check the path" in told


@pytest.mark.parametrize("uri", ["htp://user:hunter2@mlflow:5000", "./mlruns"])
def test_a_uri_that_mlflow_cannot_use_is_refused(uri: str) -> None:
    with pytest.raises(RegistryError, match=r"check registry\.tracking_uri") as refused:
        connect(RegistryConfig(tracking_uri=uri))
    assert "hunter2" not in str(refused.value)


def test_the_tracking_server_is_the_registry_unless_another_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    assert store.registry.registry_uri == store.registry.tracking_uri == store.config.tracking_uri
