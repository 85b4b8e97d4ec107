"""Differences between two cards: what might explain why one version is better."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from spark_models.core.tables import Card

# In the order of what explains most.
KINDS = ("parameter", "tag", "input", "output", "inference parameter", "requirement", "flavor", "file")

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Difference:
    """One thing in which a candidate is not like the baseline; None where one of them lacks it."""

    kind: str
    name: str
    candidate: str | None
    baseline: str | None

    @property
    def change(self) -> Change:
        """Seen from the baseline."""
        if self.baseline is None:
            return "added"
        return "removed" if self.candidate is None else "changed"


def differences(candidate: Card, baseline: Card) -> tuple[Difference, ...]:
    """Parameters, tags, signature, files (by size), requirements and flavor that differ; only those."""
    ours, theirs = _facts(candidate), _facts(baseline)
    return tuple(
        Difference(kind, name, ours[kind].get(name), theirs[kind].get(name))
        for kind in KINDS
        for name in sorted({*ours[kind], *theirs[kind]})
        if ours[kind].get(name) != theirs[kind].get(name)
    )


def _facts(card: Card) -> dict[str, Mapping[str, str]]:
    """What is compared, by kind and name."""
    signature = json.loads(card.signature or "{}")
    return {
        "parameter": card.hyperparameters,
        # What we and MLflow keep in tags for ourselves differs always, and explains nothing.
        "tag": {key: tag for key, tag in card.tags.items() if not key.startswith(("spark_models.", "mlflow."))},
        "input": _columns(signature.get("inputs")),
        "output": _columns(signature.get("outputs")),
        "inference parameter": _columns(signature.get("params")),
        "requirement": _requirements(card.requirements),
        "flavor": {"flavor": card.flavor},
        "file": {file.path: f"{file.size} bytes" for file in card.logged_files},
    }


def _columns(entries: list[dict[str, Any]] | None) -> dict[str, str]:
    """What the signature says of each column, as JSON; a tensor without a name has its place."""
    return {
        str(entry.get("name", place)): json.dumps({key: value for key, value in entry.items() if key != "name"})
        for place, entry in enumerate(entries or [])
    }


def _requirements(lines: Iterable[str]) -> dict[str, str]:
    """The rest of each line by package; one package may have several, for several systems.

    >>> _requirements(["a==1", "b>=2; os_name=='nt'", "b>=3", "c"])
    {'a': '==1', 'b': ">=2; os_name=='nt' and >=3", 'c': 'any'}
    """
    found: dict[str, list[str]] = {}
    for line in sorted(lines):
        match = re.match(r"[A-Za-z0-9._-]+(\[[^\]]*\])?", line)
        name = match[0] if match else line
        found.setdefault(name, []).append(line[len(name) :].strip() or "any")
    return {name: " and ".join(rest) for name, rest in found.items()}
