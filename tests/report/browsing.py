"""The report's page in headless Chromium, watched: what it must never do fails the test that saw it."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, Dialog, Frame, Locator, Page, Request, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[BrowserContext]:
    """Debian's Chromium with an empty profile and no network; the test is skipped where it is not installed."""
    if not CHROMIUM.is_file():
        pytest.skip(f"left out, since there is no {CHROMIUM}: install Debian's package chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=_ARGUMENTS,
            offline=True,
            color_scheme="light",
            viewport={"width": 1400, "height": 900},
        )
        context.set_default_timeout(8_000)
        yield context
        context.close()


@dataclass
class Look:
    """A tab, and what went wrong in it."""

    tab: Page
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.tab.on("console", lambda said: self.wrong.append(f"{said.type}: {said.text}"))
        self.tab.on("request", self._asked)
        self.tab.on("dialog", self._interrupted)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            self.wrong.append(f"request: {request.url}")

    def _interrupted(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, file: Path, address: str = "") -> "Look":
        """Show the page anew, and wait until everything is drawn."""
        self.tab.goto("about:blank")
        self.tab.goto(file.as_uri() + address)
        ready(self.tab)
        return self

    def __call__(self, selector: str, **more: Any) -> Locator:
        """What a CSS selector finds."""
        return self.tab.locator(selector, **more)

    @property
    def address(self) -> str:
        """What follows the address's '#', and the '#'."""
        return str(self.tab.evaluate("location.hash"))

    @property
    def state(self) -> dict[str, Any]:
        """What the address says that the reader set."""
        said = unquote(self.address[1:])
        return dict(json.loads(said)) if said else {}

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait, frame by frame, until a condition holds: the list sorts and moves columns after the event."""
        for _ in range(300):
            if condition():
                return
            self.tab.evaluate("new Promise(requestAnimationFrame)")
        assert condition()


def ready(page: Page | Frame) -> None:
    """Wait until a page is drawn; the page's policy does not let Playwright ask by an expression."""
    page.wait_for_selector("html[data-ready]", state="attached")


@contextmanager
def watched(context: BrowserContext) -> Iterator[Look]:
    """A new tab; nothing may have gone wrong in it when it is closed."""
    look = Look(context.new_page())
    yield look
    look.tab.close()
    assert look.wrong == []


@contextmanager
def used_again(look: Look) -> Iterator[Look]:
    """The tab as a new one is, but that its engine knows the page's scripts: half of the time that a page takes."""
    look.wrong.clear()
    look.tab.emulate_media(media="null", color_scheme="light")
    look.tab.context.clear_permissions()
    yield look
    assert look.wrong == []
