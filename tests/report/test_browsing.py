from pathlib import Path

import pytest
from tests.report import browsing


def test_without_chromium_the_pages_tests_are_left_out_and_the_summary_says_why(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr(browsing, "CHROMIUM", Path("/nowhere/chromium"))
    with (
        pytest.raises(pytest.skip.Exception, match="no /nowhere/chromium: install Debian's package chromium"),
        browsing.chromium(),
    ):
        pass
    assert "-rfEs" in pytestconfig.getini("addopts")
