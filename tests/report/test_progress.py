import re
from io import StringIO

import pytest
from rich.console import Console

from spark_models.report.progress import progress_bar

# Up to the bar's line, which is the only one, and empty it.
GONE = "\x1b[1A\x1b[2K"


def written(done: int, *, terminal: bool) -> str:
    """What a bar that comes to ``done`` of four tasks writes."""
    screen = StringIO()
    with progress_bar(Console(file=screen, force_terminal=terminal, width=60, color_system=None), "score") as report:
        report(done, 4)
    return screen.getvalue()


@pytest.mark.parametrize(("done", "share"), [(1, 0.25), (2, 0.5), (4, 1.0)])
def test_on_a_terminal_a_bar_is_as_long_as_the_share_of_tasks_that_are_done_and_is_gone_afterwards(
    done: int, share: float
) -> None:
    told = written(done, terminal=True)
    start, last = re.findall(r"score (━+)", told)
    assert len(last) == len(start) * share
    assert told.count("\n") == 1
    assert told.endswith(GONE)


def test_elsewhere_nothing_is_written() -> None:
    assert written(2, terminal=False) == ""
