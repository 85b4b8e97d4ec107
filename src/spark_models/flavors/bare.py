"""Libraries imported without scikit-learn, where only its API would need it: a worker starts in half the time."""

import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType

HIDDEN = "sklearn"


@cache
def import_bare(package: str) -> ModuleType:
    """A package that takes scikit-learn if it is there, imported as if it were not.

    Nothing of it is left behind: whoever imports the package later, a pickled estimator for example, finds
    the whole of it. Where the package or scikit-learn is imported already, this is a plain import.
    """
    if package in sys.modules or HIDDEN in sys.modules:
        return import_module(package)
    hider = _Hider()
    sys.meta_path.insert(0, hider)
    try:
        return import_module(package)
    finally:
        sys.meta_path.remove(hider)
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


class _Hider(MetaPathFinder):
    """Finds no scikit-learn, in the thread that made it; others import what they like."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the finder's interface
        target: ModuleType | None = None,  # noqa: ARG002  # the finder's interface
    ) -> ModuleSpec | None:
        if fullname == HIDDEN and get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {HIDDEN!r}", name=HIDDEN)
        return None
