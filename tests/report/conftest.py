"""One page, written once, and a browser for these tests alone: Playwright's loop would be in the way of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext
from tests.report.browsing import Look, chromium, used_again, watched
from tests.report.comparisons import model_report

from spark_models.report.html import report_page


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of four versions, of which three were compared."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_page(model_report()), encoding="utf-8")
    return file


@pytest.fixture(scope="package")
def context() -> Iterator[BrowserContext]:
    with chromium() as context:
        yield context


@pytest.fixture(scope="package")
def tab(context: BrowserContext) -> Iterator[Look]:
    """A tab for all tests that need none of their own."""
    with watched(context) as look:
        yield look


@pytest.fixture
def look(tab: Look, page_file: Path) -> Iterator[Look]:
    """The page, open."""
    with used_again(tab) as look:
        yield look.open(page_file)
