import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
# A name, its version and perhaps a marker; then its hashes.
PIN = re.compile(r"[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?==[0-9][A-Za-z0-9.+!]*( ; [a-z_ .0-9<>=!'()A-Z]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_requirements_hold_names_versions_markers_and_hashes_only(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))] == []


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_each_requirement_has_a_hash(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()

    after_pins = [following for line, following in zip(lines, [*lines[1:], ""], strict=True) if PIN.fullmatch(line)]
    assert after_pins
    assert all(HASH.fullmatch(line) for line in after_pins)


def test_the_installer_itself_is_pinned() -> None:
    assert re.search(r"^uv==", (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"), re.MULTILINE)


def test_make_says_what_each_target_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    declared = set(re.findall(r"^\.PHONY: ([a-z]+)$", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    assert declared - explained == {"check"}
    assert {"help", "setup", "demo", "bench", "test", "lint", "format", "unit", "lock", "clean"} == explained
