import os

import mlflow
import pytest

from spark_models.registry.fluent import default_uris, quiet


def test_mlflows_default_uris_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://exported:5000")
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    with default_uris("sqlite:///tracking.db", "sqlite:///registry.db"):
        assert mlflow.get_tracking_uri() == "sqlite:///tracking.db"
        assert mlflow.get_registry_uri() == "sqlite:///registry.db"
    assert mlflow.get_tracking_uri() == "http://exported:5000"
    assert mlflow.get_registry_uri() == "http://exported:5000"
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://exported:5000"
    assert "MLFLOW_REGISTRY_URI" not in os.environ


def test_mlflow_is_silent_only_inside_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    from mlflow.utils.logging_utils import eprint

    with quiet():
        eprint("inside")  # type: ignore[no-untyped-call]
    eprint("outside")  # type: ignore[no-untyped-call]
    assert capfd.readouterr().err == "outside\n"
