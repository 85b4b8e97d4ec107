import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest
from tests.e2e.conftest import Demo
from tests.e2e.processes import ROOT, Workspace, ended

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
# Each block by itself, as a reader tries it; all in one process, for the sake of one JVM.
PYTHON = """
for line, text in {blocks!r}:
    exec(compile("\\n" * line + text, "README.md", "exec"), {{"__name__": "__main__"}})
"""


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


def test_the_readmes_commands_and_python_run_in_order(demo: Demo, blocks: list[Block], tmp_path: Path) -> None:
    workspace = demo.copy(tmp_path / "clone", "mlflow.db", "lake")
    # A reader has one shell: what a block exports is there in the next. Nothing but Spark's own settings is set before.
    environment = {name: value for name, value in workspace.environment.items() if name != "MLFLOW_TRACKING_URI"}
    run = [block for block in blocks if block.reason is None]
    assert {block.language for block in run} == set(RUNNABLE)
    for language, group in groupby(run, key=lambda block: block.language):
        members = list(group)
        if language == "bash":
            for block in members:
                environment = _shell(workspace, block, environment)
        else:
            _python(workspace, members, environment)


def _shell(workspace: Workspace, block: Block, environment: dict[str, str]) -> dict[str, str]:
    """Run a block, and give the environment that it leaves behind."""
    left = workspace.folder / "environment"
    script = f"set -euo pipefail\n{block.text}\nenv -0 > {left.name}"
    ran = ended(workspace.start("bash", "-c", script, environment=environment))
    _require_success(f"README.md:{block.line}", ran.code, ran.out, ran.err)
    variables = left.read_text(encoding="utf-8").split("\0")
    return dict(variable.split("=", 1) for variable in variables if variable)


def _python(workspace: Workspace, blocks: list[Block], environment: dict[str, str]) -> None:
    program = PYTHON.format(blocks=[(block.line, block.text) for block in blocks])
    ran = ended(workspace.start("python", "-c", program, environment=environment))
    _require_success(f"README.md:{blocks[0].line} and on", ran.code, ran.out, ran.err)


def _require_success(where: str, code: int, out: str, err: str) -> None:
    assert code == 0, f"{where} ended with {code}:\n{out}\n{err}"
    assert "Traceback" not in out + err, where
