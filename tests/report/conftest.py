"""One page, written once, and a browser for each module: Playwright's loop would be in the way of other tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext
from tests.report.browsing import Look, chromium, watched
from tests.report.comparisons import model_report

from spark_models.report.html import report_page


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of four versions, of which three were compared."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_page(model_report()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with chromium() as context:
        yield context


@pytest.fixture
def look(context: BrowserContext, page_file: Path) -> Iterator[Look]:
    """The page, open in a tab of its own."""
    with watched(context) as look:
        yield look.open(page_file)
