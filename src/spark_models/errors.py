"""Every error that the package raises on purpose, and the exit code that each one owns.

::

    SparkModelsError            1  anything unexpected
    ├── ConfigError             2  usage: a config file, a setting or an argument
    ├── RegistryError           3  the tracking server, a model, a version or an alias
    ├── SchemaError             4  columns or types that do not fit, in or out
    ├── DigestError             5  the files are not the ones that were registered
    ├── GateRefusedError        6  the comparison does not allow the promotion
    ├── DataError               7  keys, labels or rows that cannot be used
    └── SessionError            8  the Spark session does not start, or cannot do this

The command line is the only place that turns an error into an exit code.
"""

from collections.abc import Iterable
from typing import ClassVar


class SparkModelsError(Exception):
    """The root: catch it to catch all of ours."""

    exit_code: ClassVar[int] = 1


class ProblemsError(SparkModelsError):
    """An error that lists every problem found, so that one correction is enough."""

    def __init__(self, subject: str, problems: Iterable[str]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{subject}:", *(f"  - {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[type["ProblemsError"], tuple[str, tuple[str, ...]]]:
        return type(self), (self.subject, self.problems)


class ConfigError(ProblemsError):
    """A config file, a setting or an argument is wrong."""

    exit_code = 2


class RegistryError(ProblemsError):
    """The registry cannot be reached, does not have it, or must not take it."""

    exit_code = 3


class SchemaError(ProblemsError):
    """The columns of a table do not fit the model or the output."""

    exit_code = 4


class DigestError(ProblemsError):
    """A version's files are not the files that were registered."""

    exit_code = 5


class GateRefusedError(ProblemsError):
    """The stored comparison does not pass the gate."""

    exit_code = 6


class DataError(ProblemsError):
    """Rows that cannot be scored or compared as they are."""

    exit_code = 7


class SessionError(ProblemsError):
    """The Spark session does not start, or lacks something, Delta for example."""

    exit_code = 8


EXIT_CODES: dict[int, str] = {
    0: "done, or nothing left to do",
    1: "unexpected: a bug, or Spark or MLflow failing; the log has the trace",
    ConfigError.exit_code: "usage or config: an option, a key, a value, a YAML file",
    RegistryError.exit_code: "registry: unreachable, unknown model, version or alias, unfit model",
    SchemaError.exit_code: "schema: columns or types that do not fit the model or the output table",
    DigestError.exit_code: "digest: the model's files are not the registered ones",
    GateRefusedError.exit_code: "gate refused: the comparison does not allow the promotion",
    DataError.exit_code: "data: null or duplicate keys, labels that cannot be compared, rows that fail",
    SessionError.exit_code: "session: Spark that does not start, has no Delta, or Delta's jars for another Spark",
}
