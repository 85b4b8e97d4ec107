import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.models import Store

from spark_models.core.config import RegistryConfig
from spark_models.errors import RegistryError
from spark_models.registry.connection import connect


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Overloaded(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name that http.server calls
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def overloaded_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Overloaded)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("scheme", ["http", "postgresql", "mysql+pymysql"])
def test_a_server_that_does_not_answer_is_refused_within_seconds(scheme: str) -> None:
    uri = f"{scheme}://127.0.0.1:{closed_port()}"
    began = time.monotonic()
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1:\d+ does not answer: check that the \w+ runs"):
        connect(RegistryConfig(tracking_uri=uri))
    assert time.monotonic() - began < 10


def test_credentials_in_an_address_are_not_shown() -> None:
    with pytest.raises(RegistryError) as refused:
        connect(RegistryConfig(tracking_uri=f"http://someone:hunter2@127.0.0.1:{closed_port()}"))
    assert "hunter2" not in str(refused.value)
    assert "someone" not in str(refused.value)


def test_a_server_behind_a_failing_proxy_is_refused(overloaded_server: int) -> None:
    with pytest.raises(RegistryError, match="answers with HTTP status 503"):
        connect(RegistryConfig(tracking_uri=f"http://127.0.0.1:{overloaded_server}"))


def test_every_server_that_does_not_answer_is_named() -> None:
    tracking, registry = closed_port(), closed_port()
    config = RegistryConfig(tracking_uri=f"http://127.0.0.1:{tracking}", registry_uri=f"http://127.0.0.1:{registry}")
    with pytest.raises(RegistryError) as refused:
        connect(config)
    assert len(refused.value.problems) == len({tracking, registry})


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
