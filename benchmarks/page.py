"""The measured parts of docs/performance.md: each stands between two marks that name it."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "performance.md"


def put(part: str, text: str) -> None:
    """Put ``text`` in the place of what stands between the part's marks.

    Raises:
        ValueError: if the page has no such part.
    """
    start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    page = PAGE.read_text(encoding="utf-8")
    if start not in page or end not in page:
        raise ValueError(f"{PAGE.name} has no part {part}")
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    PAGE.write_text(pattern.sub(lambda _: f"{start}\n{text}\n{end}", page), encoding="utf-8")


def circumstances() -> str:
    """When, on how many cores, and with which versions: one sentence."""
    names = ("pyspark", "delta-spark", "mlflow", "pandas", "pyarrow", "scikit-learn", "lightgbm", "polars")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    today = datetime.now(UTC).date()
    return f"Measured on {today}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}."
