import ast
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "check_system.py"


def _load() -> Any:
    spec = spec_from_file_location("check_system", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_system = _load()


def stub(folder: Path, version_line: str, name: str = "java", status: int = 0) -> Path:
    """A program that prints one line to stderr, as java does with its version."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{version_line}' >&2\nexit {status}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "11.0.2"', 11),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("no version at all", None),
    ],
)
def test_a_javas_version_is_its_major_number(tmp_path: Path, line: str, version: int | None) -> None:
    assert check_system.java_version(str(stub(tmp_path, line))) == version


def test_a_java_that_fails_has_no_version(tmp_path: Path) -> None:
    assert check_system.java_version(str(stub(tmp_path, 'version "17"', status=1))) is None
    assert check_system.java_version(str(tmp_path / "none")) is None
    assert check_system.java_version(None) is None


@pytest.mark.parametrize("version", ["17.0.2", "21.0.1", "25"])
def test_a_java_that_spark_runs_on_is_enough(tmp_path: Path, version: str) -> None:
    stub(tmp_path, f'openjdk version "{version}"')

    assert check_system.java_lack({"PATH": str(tmp_path)}) is None


def test_java_home_is_looked_at_before_path_as_spark_does(tmp_path: Path) -> None:
    stub(tmp_path / "old" / "bin", 'openjdk version "11.0.2"')
    stub(tmp_path / "new" / "bin", 'openjdk version "17.0.2"')
    old, new = str(tmp_path / "old"), str(tmp_path / "new")

    assert check_system.java_lack({"JAVA_HOME": new, "PATH": f"{old}/bin"}) is None
    lack = check_system.java_lack({"JAVA_HOME": old, "PATH": f"{new}/bin"})
    assert lack.text == f"Java 17 or newer is needed; {old}/bin/java is Java 11 (from JAVA_HOME)"
    assert (lack.package, lack.command) == (None, "unset JAVA_HOME")


def test_a_java_home_without_java_needs_both_a_java_and_its_end(tmp_path: Path) -> None:
    lack = check_system.java_lack({"JAVA_HOME": str(tmp_path), "PATH": ""})

    assert (lack.package, lack.command) == ("java", "unset JAVA_HOME")


def test_the_script_stops_with_one_message_and_no_trace(tmp_path: Path) -> None:
    stub(tmp_path, 'openjdk version "11.0.2"')

    done = run(PATH=str(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"Java 17 or newer is needed; {tmp_path}/java is Java 11.\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_says_nothing_where_all_is_there(tmp_path: Path) -> None:
    stub(tmp_path, 'openjdk version "17.0.2"')

    done = run(PATH=str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("os_release", "kind", "line"),
    [
        (
            'ID=debian\nVERSION_ID="12"',
            "Linux",
            "sudo apt-get update && sudo apt-get install -y openjdk-17-jre-headless",
        ),
        ("ID=debian\nVERSION_ID=13", "Linux", "sudo apt-get update && sudo apt-get install -y openjdk-21-jre-headless"),
        (
            'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"',
            "Linux",
            "sudo apt-get update && sudo apt-get install -y openjdk-21-jre-headless",
        ),
        (
            'ID=linuxmint\nID_LIKE="ubuntu debian"',
            "Linux",
            "sudo apt-get update && sudo apt-get install -y openjdk-21-jre-headless",
        ),
        ("ID=fedora\nVERSION_ID=43", "Linux", "sudo dnf install -y java-21-openjdk-headless"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "Linux", "sudo dnf install -y java-21-openjdk-headless"),
        ('ID="amzn"\nID_LIKE="fedora"', "Linux", "sudo dnf install -y java-21-amazon-corretto-headless"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "Linux", "sudo zypper install -y java-21-openjdk-headless"),
        ("ID=arch", "Linux", "sudo pacman -S --noconfirm jre21-openjdk-headless"),
        ("ID=alpine", "Linux", "sudo apk add openjdk21-jre-headless"),
    ],
)
def test_the_line_to_type_is_the_one_for_the_system(os_release: str, kind: str, line: str) -> None:
    system = check_system.find_system(os_release, kind)

    message = check_system.message([check_system.Lack("no Java", package="java")], system, "sudo ")

    assert message == f"no Java.\nType:  {line}"


def test_a_mac_installs_with_brew_and_without_sudo() -> None:
    message = check_system.message(
        [check_system.Lack("no Java", package="java")], check_system.find_system("", "Darwin"), ""
    )

    assert message.endswith("Type:  brew install temurin@21")


def test_an_unknown_system_gets_advice_instead_of_a_line() -> None:
    system = check_system.find_system("ID=plan9", "Linux")

    assert "Type:" not in check_system.message([check_system.Lack("no Java", package="java")], system, "")


def test_all_that_lacks_is_set_right_by_one_line() -> None:
    lacks = [
        check_system.Lack("no OpenMP", package="openmp"),
        check_system.Lack("no Java", package="java", command="unset JAVA_HOME"),
        check_system.Lack("old Python", command="make setup PYTHON=python3.12"),
    ]

    assert check_system.message(lacks, check_system.SYSTEMS["fedora"], "") == (
        "no OpenMP.\nno Java.\nold Python.\n"
        "Type:  dnf install -y libgomp java-21-openjdk-headless && unset JAVA_HOME && make setup PYTHON=python3.12"
    )


def test_an_old_python_is_told_of_a_newer_one_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(tmp_path, "", name="python3.12")
    monkeypatch.setattr(check_system, "PYTHON", (99, 0))

    assert check_system.python_lack(str(tmp_path)).command == "make setup PYTHON=python3.12"
    assert check_system.python_lack("").package == "python"


def test_a_python_without_venv_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(stub(tmp_path, "", status=1)))

    assert check_system.python_lack(os.environ["PATH"]).package == "python"


def test_the_script_parses_on_pythons_far_too_old() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
