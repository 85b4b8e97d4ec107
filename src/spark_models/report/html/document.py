"""The page: our own markup, styles and scripts, the libraries' bundles and the data, in one file."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

from spark_models.core.report import Report
from spark_models.report.html.bundles import datatables, vega
from spark_models.report.html.contract import as_json, contract_of

# In this order: each script uses only those before it.
SCRIPTS = (
    "numbers.js",
    "data.js",
    "dom.js",
    "state.js",
    "comparison.js",
    "values.js",
    "export.js",
    "tables.js",
    "palette.js",
    "chart_rows.js",
    "chart_marks.js",
    "chart_parallel.js",
    "chart_types.js",
    "chart_view.js",
    "ranges.js",
    "chart_editor.js",
    "list_columns.js",
    "list_names.js",
    "version_list.js",
    "metrics.js",
    "slice_chart.js",
    "slices.js",
    "curves.js",
    "agreement.js",
    "rows_left_out.js",
    "facts.js",
    "differences.js",
    "cards.js",
    "sheets.js",
    "paper.js",
    "toolbar.js",
    "main.js",
)
STYLES = ("theme.css", "layout.css", "tables.css", "charts.css", "list.css", "print.css")

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function) )", re.MULTILINE)


def report_page(report: Report) -> str:
    """The report as one HTML document that asks nothing of any network.

    Everything of the report is data, and shown as text. The content security policy allows only these very scripts, by
    their digests, and no ``eval``.

    Raises:
        RuntimeError: if the ``itables`` that is installed is not built as the page expects.
    """
    libraries = datatables()
    scripts = [_inline(script) for script in (libraries.script, vega(), _own_script())]
    return _own_file("page.html").format(
        policy=escape(_policy(scripts)),
        title=escape(f"{report.model_name}: versions compared"),
        styles=libraries.style + "".join(_own_file(name) for name in STYLES),
        data=as_json(contract_of(report)),
        scripts="".join(f"<script>{script}</script>\n" for script in scripts),
    )


def _policy(scripts: Sequence[str]) -> str:
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    # Both libraries set styles from scripts, and images are those that the reader exports.
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _inline(script: str) -> str:
    """The script without what would end its element, or hide the end from the HTML parser."""
    return re.sub(r"<(/script|!--)", r"\\x3C\1", script, flags=re.IGNORECASE)


@cache
def _own_script() -> str:
    """Our modules as one classic script: a file from a disk may not import others."""
    modules = (_EXPORT.sub("", _IMPORT.sub("", _own_file(name))) for name in SCRIPTS)
    return '(() => {\n"use strict";\n' + "".join(modules) + "})();"


@cache
def _own_file(name: str) -> str:
    return (files("spark_models.report") / "page" / name).read_text(encoding="utf-8")
