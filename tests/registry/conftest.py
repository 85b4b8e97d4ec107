"""One MLflow store for the tests of this folder; each test registers under names of its own."""

import pytest
from tests.models import Logged, Store, log_classifier, log_regression, make_store


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An empty SQLite store."""
    return make_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture(scope="package")
def regression(store: Store) -> Logged:
    """A logged scikit-learn pipeline."""
    return log_regression(store)


@pytest.fixture(scope="package")
def classifier(store: Store) -> Logged:
    """A logged scikit-learn classifier."""
    return log_classifier(store)
