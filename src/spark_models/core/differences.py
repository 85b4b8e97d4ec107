"""Differences between two cards: what might explain why one version is better."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spark_models.core.signature_changes import Change, column_changes
from spark_models.core.tables import Card, Dataset, LoggedFile

# In the order of what explains most.
KINDS = ("parameter", "dataset", "tag", "input", "output", "inference parameter", "requirement", "flavor", "file")

_PARTS_OF_SIGNATURE = {"input": "inputs", "output": "outputs", "inference parameter": "params"}


@dataclass(frozen=True)
class Difference:
    """One thing in which a candidate is not like the baseline; None where one of them lacks it.

    ``change`` is seen from the baseline, and ``equal`` where equal things are asked for, too.
    """

    kind: str
    name: str
    change: Change
    candidate: str | None
    baseline: str | None


def differences(candidate: Card, baseline: Card, *, only_differences: bool = True) -> tuple[Difference, ...]:
    """Parameters, datasets, tags, signature, requirements, flavor and files that differ.

    Files are compared by digest, or by size where a card is older than their digests.

    Args:
        candidate: The card of the version that wants the place.
        baseline: The card of the version that is compared with.
        only_differences: False gives what is equal, too.
    """
    found = [*_signature_differences(candidate, baseline), *_plain_differences(candidate, baseline)]
    kept = (one for one in found if not (only_differences and one.change == "equal"))
    return tuple(sorted(kept, key=lambda one: (KINDS.index(one.kind), one.name)))


def given_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that somebody gave: what we and MLflow keep in tags for ourselves differs always, and explains nothing.

    >>> given_tags({"team": "ops", "spark_models.digest": "0123", "mlflow.user": "me"})
    {'team': 'ops'}
    """
    return {key: tag for key, tag in tags.items() if not key.startswith(("spark_models.", "mlflow."))}


def _signature_differences(candidate: Card, baseline: Card) -> Iterator[Difference]:
    ours, theirs = (json.loads(card.signature or "{}") for card in (candidate, baseline))
    for kind, part in _PARTS_OF_SIGNATURE.items():
        for one in column_changes(ours.get(part), theirs.get(part)):
            yield Difference(kind, one.name, one.change, one.candidate, one.baseline)


def _plain_differences(candidate: Card, baseline: Card) -> Iterator[Difference]:
    by_digest = all(file.digest for card in (candidate, baseline) for file in card.logged_files)
    ours, theirs = _facts(candidate, by_digest=by_digest), _facts(baseline, by_digest=by_digest)
    for kind in ours:
        for name in {*ours[kind], *theirs[kind]}:
            now, before = ours[kind].get(name), theirs[kind].get(name)
            yield Difference(kind, name, _change(now, before), now, before)


def _change(now: str | None, before: str | None) -> Change:
    if before is None:
        return "added"
    if now is None:
        return "removed"
    return "equal" if now == before else "changed"


def _facts(card: Card, *, by_digest: bool) -> dict[str, Mapping[str, str]]:
    """What is compared text by text, by kind and name."""
    return {
        "parameter": card.hyperparameters,
        "dataset": _datasets(card.datasets),
        "tag": given_tags(card.tags),
        "requirement": _requirements(card.requirements),
        "flavor": {"flavor": card.flavor},
        "file": {file.path: _content(file, by_digest=by_digest) for file in card.logged_files},
    }


def _content(file: LoggedFile, *, by_digest: bool) -> str:
    return f"sha256 {file.digest}, {file.size} bytes" if by_digest else f"{file.size} bytes"


def _datasets(datasets: Iterable[Dataset]) -> dict[str, str]:
    """The digests by name and what the data was for; a run may have logged several under one name.

    >>> _datasets([Dataset("flights", "b1", "training"), Dataset("flights", "a2", "training"), Dataset("x", "c3")])
    {'flights (training)': 'a2 and b1', 'x': 'c3'}
    """
    found: dict[str, list[str]] = {}
    for data in datasets:
        found.setdefault(f"{data.name} ({data.context})" if data.context else data.name, []).append(data.digest)
    return {name: " and ".join(sorted(digests)) for name, digests in found.items()}


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
