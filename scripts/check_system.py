"""Say what this machine lacks before anything is made: Python 3.11+ with venv, Java 17+, OpenMP for LightGBM.

Standard library and old syntax only: it has to run on the Pythons that it turns down.
"""

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from typing import List, Mapping, NamedTuple, Optional

PYTHON = (3, 11)
JAVA = 17
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")


class System(NamedTuple):
    """How a system installs, and what its packages are called; None where it has none that will do."""

    install: str
    python: Optional[str]
    java: str
    openmp: str


# By ID, with or without VERSION_ID, or by ID_LIKE of /etc/os-release.
# Java 21 where all releases that are kept up have it: the newest have no 17 any more.
_APT, _DNF = "apt-get install -y", "dnf install -y"
_DEBIAN = System(_APT, "python3 python3-venv", "openjdk-21-jre-headless", "libgomp1")
_FEDORA = System(_DNF, "python3.11", "java-21-openjdk-headless", "libgomp")
SYSTEMS = {
    "debian 11": _DEBIAN._replace(python=None, java="openjdk-17-jre-headless"),
    "debian 12": _DEBIAN._replace(java="openjdk-17-jre-headless"),
    "debian": _DEBIAN,
    "ubuntu 20.04": _DEBIAN._replace(python=None),
    "ubuntu 22.04": _DEBIAN._replace(python="python3.11 python3.11-venv"),
    "ubuntu": _DEBIAN,
    "amzn": _FEDORA._replace(java="java-21-amazon-corretto-headless"),
    "fedora": _FEDORA,
    "rhel": _FEDORA,
    "suse": System("zypper install -y", "python311", "java-21-openjdk-headless", "libgomp1"),
    "arch": System("pacman -S --noconfirm", "python", "jre21-openjdk-headless", "gcc-libs"),
    "alpine": System("apk add", "python3", "openjdk21-jre-headless", "libgomp"),
    "macos": System("brew install", "python@3.13", "temurin@21", "libomp"),
}


class Lack(NamedTuple):
    """What is wrong; ``package``, a field of System, or ``command`` sets it right."""

    text: str
    package: Optional[str] = None
    command: Optional[str] = None


def find_system(os_release: str, kind: str) -> Optional[System]:
    """The entry above for what /etc/os-release says."""
    values = dict(re.findall(r"^(ID|ID_LIKE|VERSION_ID)=[\"']?([^\"'\n]*)", os_release, re.MULTILINE))
    name = values.get("ID", "")
    names = [name + " " + values.get("VERSION_ID", ""), name] + values.get("ID_LIKE", "").split()
    if kind == "Darwin":
        names = ["macos"]
    return next((SYSTEMS[name] for name in names if name in SYSTEMS), None)


def python_lack(path: str) -> Optional[Lack]:
    """Whether this Python is too old, or cannot make virtual environments."""
    if sys.version_info[:2] < PYTHON:
        text = "Python 3.11 or newer is needed; %s is Python %d.%d" % ((sys.executable,) + sys.version_info[:2])
        newer = [name for name in NEWER_PYTHONS if _has_venv(shutil.which(name, path=path))]
        return Lack(text, command="make setup PYTHON=" + newer[0]) if newer else Lack(text, package="python")
    if not _has_venv(sys.executable):
        return Lack("Python's venv is needed; %s has none" % sys.executable, package="python")
    return None


def java_lack(environment: Mapping[str, str]) -> Optional[Lack]:
    """Whether the Java that Spark would start is missing or too old.

    Spark takes JAVA_HOME/bin/java if JAVA_HOME is set, whatever is there, and else the java on PATH.
    """
    home, on_path = environment.get("JAVA_HOME"), shutil.which("java", path=environment.get("PATH", ""))
    command = os.path.join(home, "bin", "java") if home else on_path
    version = java_version(command)
    if version is not None and version >= JAVA:
        return None
    is_what = "is no java that runs" if version is None else "is Java %d" % version
    text = "Java 17 or newer is needed; " + ("there is none" if command is None else "%s %s" % (command, is_what))
    if not home:
        return Lack(text, package="java")
    has_another = (java_version(on_path) or 0) >= JAVA
    return Lack(text + " (from JAVA_HOME)", package=None if has_another else "java", command="unset JAVA_HOME")


def java_version(command: Optional[str]) -> Optional[int]:
    """The major version of a java, None if it does not run: 8 for ``1.8.0_402``, 17 for ``17.0.2``."""
    match = re.search(r'version "(?:1\.)?(\d+)', _output(command, "-version") or "")
    return int(match.group(1)) if match else None


def openmp_lack(kind: str) -> Optional[Lack]:
    """Whether the OpenMP library, which LightGBM takes from the system, is missing."""
    places = ["libgomp.so.1"]
    if kind == "Darwin":
        places = [prefix + "/opt/libomp/lib/libomp.dylib" for prefix in ("/opt/homebrew", "/usr/local")]
    if any(_loads(place) for place in places):
        return None
    return Lack("OpenMP is needed for LightGBM; there is none", package="openmp")


def message(lacks: List[Lack], system: Optional[System], sudo: str) -> str:
    """All that is lacking, and the one line that sets it right, or what to do where that is not known."""
    packages = [getattr(system, lack.package, None) for lack in lacks if lack.package]
    commands = [lack.command for lack in lacks if lack.command]
    texts = [lack.text + "." for lack in lacks]
    if system is None or None in packages:
        advice = (
            "Install these, with a Java runtime that may be headless; JAVA_HOME and make PYTHON=... say which to use."
        )
        return "\n".join(texts + [advice])
    if packages:
        commands.insert(0, _install(system, " ".join(map(str, packages)), sudo))
    return "\n".join(texts + ["Type:  " + " && ".join(commands)])


def _install(system: System, packages: str, sudo: str) -> str:
    # A machine that has never refreshed its lists, a container for one, knows no package.
    refresh = sudo + "apt-get update && " if system.install == _APT else ""
    return refresh + sudo + system.install + " " + packages


def _has_venv(python: Optional[str]) -> bool:
    # Debian ships Python without ensurepip, which venv needs.
    return _output(python, "-c", "import ensurepip") is not None


def _output(program: Optional[str], *arguments: str) -> Optional[str]:
    """What a program prints, None if there is none, or it cannot be run or fails."""
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _os_release() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def main() -> int:
    """Print what is lacking, if anything; 1 if something is."""
    kind = platform.system()
    found = [openmp_lack(kind), java_lack(os.environ), python_lack(os.environ.get("PATH", ""))]
    lacks = [lack for lack in found if lack is not None]
    if lacks:
        sudo = "" if kind == "Darwin" or os.geteuid() == 0 else "sudo "
        sys.stderr.write(message(lacks, find_system(_os_release(), kind), sudo) + "\n")
    return int(bool(lacks))


if __name__ == "__main__":
    sys.exit(main())
