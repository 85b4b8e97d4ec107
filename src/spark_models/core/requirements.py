"""The versions that a model asks for, and those that are here."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*([A-Za-z0-9.!+_-]+)")


def pinned_requirements(lines: Iterable[str]) -> tuple[str, ...]:
    """Those of a model's requirements that ask for one version, whatever the system.

    >>> pinned_requirements(["scikit-learn==1.9.0", "mlflow[extras]==3.17.0", "numpy>=2", "a==1; os_name == 'nt'"])
    ('scikit-learn==1.9.0', 'mlflow==3.17.0')
    """
    found = (_PINNED.fullmatch(line.strip()) for line in lines)
    return tuple(f"{match[1]}=={match[2]}" for match in found if match)


@cache
def differing_versions(requirements: tuple[str, ...], here: str) -> tuple[str, ...]:
    """What to say of each library that is here in another version than the model asks for.

    One that is not here at all is not told: where it is needed, its import says so.

    Args:
        requirements: Lines of ``name==version``.
        here: What has the libraries, such as ``this worker``.
    """
    found = ((name, _installed(name), asked) for name, _, asked in (line.partition("==") for line in requirements))
    return tuple(
        f"{here} has {name} {installed}, the model asks for {asked}"
        for name, installed, asked in found
        if installed is not None and not _is_same(installed, asked)
    )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _is_same(installed: str, asked: str) -> bool:
    """Whether a version is the one that was asked for: of any build, and with any number of zeros at its end."""
    public = installed if "+" in asked else installed.partition("+")[0]
    return re.sub(r"(\.0)+$", "", public) == re.sub(r"(\.0)+$", "", asked)
