"""The libraries that the page is built on, read from the installed wheels when a page is written.

``itables`` brings DataTables, ``vl-convert-python`` brings Vega-Lite: no third party's bundle is in our own package.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# The newest that the wheel has; the page's charts are written for it.
VEGA_LITE = "6.4"

_EXPORTS = re.compile(r"export\s*\{([^}]*)\};?")


@dataclass(frozen=True)
class DataTables:
    """DataTables with its extensions, as a classic script that sets ``window.DataTable``, and its styles."""

    script: str
    style: str


@cache
def datatables() -> DataTables:
    """DataTables as ``itables`` has it, from an ES module made a classic script.

    Raises:
        RuntimeError: if the bundle does not export what it did.
    """
    folder = _folder("itables") / "html"
    module = (folder / "dt_bundle.js").read_text(encoding="utf-8")
    clause = _EXPORTS.search(module)
    names = exported(clause[1]) if clause else {}
    if clause is None or not {"default", "jQuery"} <= names.keys():
        raise RuntimeError("itables has another bundle than the report can use: install the version that we ask for")
    globals_ = f"window.DataTable={names['default']};window.jQuery={names['jQuery']};"
    # In a scope of its own, since the bundle's short names would hide those of others.
    script = f"(()=>{{{module[: clause.start()]}{globals_}{module[clause.end() :]}\n}})();"
    return DataTables(script, (folder / "dt_bundle.css").read_text(encoding="utf-8"))


def exported(clause: str) -> dict[str, str]:
    """What an export clause exports: the inner name by the outer.

    >>> exported("a as DataTable, b")
    {'DataTable': 'a', 'b': 'b'}
    """
    pairs = (part.split(" as ") for part in map(str.strip, clause.split(",")))
    return {pair[-1].strip(): pair[0].strip() for pair in pairs}


@cache
def vega() -> str:
    """Vega, Vega-Lite and vega-embed as a classic script that sets ``window.vegaEmbed``; it takes a second or two."""
    import vl_convert  # noqa: PLC0415  # a large native library, wanted only where a page is written

    bundle = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]  # its stub lacks a default
    return f"(()=>{{{bundle}\n}})();"


def _folder(package: str) -> Path:
    """Where a package is, without importing it: itables would import pandas and IPython."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{package} is missing: install spark-models with its dependencies")
    return Path(spec.submodule_search_locations[0])
