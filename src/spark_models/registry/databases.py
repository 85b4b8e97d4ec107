"""A database that is MLflow's store, looked at once before MLflow does, which tries for minutes what fails."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy
from mlflow.store.db.utils import create_sqlalchemy_engine
from sqlalchemy.exc import SQLAlchemyError

from spark_models.registry.refusals import without_credentials

CONNECT_SECONDS = 5
DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
# MLflow makes it with the others, in every store.
ONE_OF_ITS_TABLES = "experiments"


def database_problem(uri: str, *, may_create: bool) -> str | None:
    """Why a database cannot be MLflow's store; None if it can.

    Args:
        uri: The database's address, as SQLAlchemy takes it.
        may_create: Whether one that is not there yet will do, and the folder of its file may be made.
    """
    shown = without_credentials(uri)
    if _is_closed(uri):
        return f"{shown} does not answer: check that the database runs, and the address"
    try:
        file = _file(uri)
        if file is not None and may_create:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif file is not None and not file.exists():
            return f"there is no database at {file}: only `spark-models register` makes one"
        if _is_store(uri) or may_create:
            return None
    except ImportError as error:
        return f"{shown} needs the Python module {error.name!r}, which is not there: install the database's driver"
    except (SQLAlchemyError, OSError) as error:
        # Not its message, which has SQL, and may have more.
        what = "the path" if uri.startswith("sqlite") else "user, password and the database's name"
        return f"{shown} cannot be used ({type(error).__name__}): check {what}"
    return f"there is no MLflow in the database {shown}: only `spark-models register` makes its tables"


def _is_closed(uri: str) -> bool:
    address = urlsplit(uri)
    port = address.port or DEFAULT_PORTS.get(address.scheme.partition("+")[0])
    if not address.hostname or port is None:
        return False
    try:
        socket.create_connection((address.hostname, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return True
    return False


def _file(uri: str) -> Path | None:
    """The file of an SQLite database; None of one in memory, of SQLite's own URIs, and of servers."""
    url = sqlalchemy.make_url(uri)
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":", "file:")):
        return None
    return Path(url.database).absolute()


def _is_store(uri: str) -> bool:
    # MLflow's own engine has its settings of TLS.
    engine = create_sqlalchemy_engine(uri)  # type: ignore[no-untyped-call]  # MLflow leaves out its types
    try:
        return bool(sqlalchemy.inspect(engine).has_table(ONE_OF_ITS_TABLES))
    finally:
        engine.dispose()
