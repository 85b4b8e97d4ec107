import re
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.conftest import Demo
from tests.e2e.processes import ROOT, Workspace, ended
from tests.e2e.reader import ask

README = ROOT / "README.md"
RUNNABLE = ("bash", "python")
# A block that is left out is a claim that nobody checks, so each needs a reason that is known here.
REASONS = {
    "the tests run inside one, and on a slice of the other",
    "it needs a server",
    "it needs the network",
}
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
PROGRAM = ROOT / "tests/e2e/reader.py"


@dataclass(frozen=True)
class Block:
    """A block of code in the README; ``line`` is that of its fence, ``reason`` why it is not run."""

    language: str
    text: str
    line: int
    reason: str | None


def blocks_of(markdown: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(markdown):
        line = markdown.count("\n", 0, match.start("text"))
        found.append(Block(match["language"], match["text"], line, match["reason"]))
    return [block for block in found if block.language in RUNNABLE]


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return blocks_of(README.read_text(encoding="utf-8"))


def test_blocks_are_found_with_their_lines_and_reasons() -> None:
    markdown = "# A\n\n```bash\nls\n```\n<!-- not run: why -->\n```python\nx = 1\ny = 2\n```\n\n```text\nz\n```\n"
    assert blocks_of(markdown) == [Block("bash", "ls\n", 3, None), Block("python", "x = 1\ny = 2\n", 7, "why")]


def test_a_block_is_left_out_only_for_a_known_reason(blocks: list[Block]) -> None:
    for block in blocks:
        if block.reason is not None:
            print(f"README.md:{block.line} is not run: {block.reason}")  # noqa: T201  # seen with pytest -rP
    assert {block.reason for block in blocks} - {None} <= REASONS


@dataclass(frozen=True)
class Reader:
    """Somebody with one shell and one Python in a folder; ``spark-models`` there does its work in that Python."""

    workspace: Workspace
    process: "subprocess.Popen[str]"

    def run(self, block: Block, environment: dict[str, str]) -> dict[str, str]:
        """Run a block, and give the environment that it leaves behind."""
        if block.language == "bash":
            return self._shell(block, environment)
        with chdir(self.workspace.folder):
            code, printed = ask("python", (block.line, block.text), environment)
        _require_success(block, code, printed)
        return environment

    def _shell(self, block: Block, environment: dict[str, str]) -> dict[str, str]:
        left = self.workspace.folder / "environment"
        command = f'spark-models() {{ python {PROGRAM} "$@"; }}'
        script = f"set -euo pipefail\n{command}\n{block.text}\nenv -0 > {left.name}"
        ran = ended(self.workspace.start("bash", "-c", script, environment=environment))
        _require_success(block, ran.code, ran.out + ran.err)
        variables = left.read_text(encoding="utf-8").split("\0")
        return dict(variable.split("=", 1) for variable in variables if variable)


@pytest.fixture
def reader(demo: Demo, tmp_path: Path) -> Iterator[Reader]:
    """A reader who has run the demo."""
    workspace = demo.copy(tmp_path / "clone", "mlflow.db", "lake")
    process = workspace.start("python", str(PROGRAM), environment=_nothing_set(workspace))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield Reader(workspace, process)
    with chdir(workspace.folder):
        ask("end")
    left = ended(process)
    assert (left.code, left.out, left.err) == (0, "", "")


def _nothing_set(workspace: Workspace) -> dict[str, str]:
    """Nothing but Spark's own settings."""
    return {name: value for name, value in workspace.environment.items() if name != "MLFLOW_TRACKING_URI"}


def test_the_readmes_commands_and_python_run_in_order(reader: Reader, blocks: list[Block]) -> None:
    # A reader has one shell: what a block exports is there in the next.
    environment = _nothing_set(reader.workspace)
    run = [block for block in blocks if block.reason is None]
    assert {block.language for block in run} == set(RUNNABLE)
    for block in run:
        environment = reader.run(block, environment)


def _require_success(block: Block, code: int, printed: str) -> None:
    assert code == 0, f"README.md:{block.line} ended with {code}:\n{printed}"
    assert "Traceback" not in printed, block.line
