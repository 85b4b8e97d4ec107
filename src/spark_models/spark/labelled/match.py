"""Which row of a version belongs to each labelled row: the latest one with its key."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Keys:
    """Rows' keys, shape (n,) each: two rows have the same key if both numbers agree and are ``there``."""

    key: Ints
    check: Ints
    there: Flags


@dataclass(frozen=True)
class Found:
    """By labelled row its ``row`` in the version's, -1 if there is none, and whether a batch has it ``repeated``.

    ``others`` are how many keys the version has that no labelled row has.
    """

    row: Ints
    repeated: Flags
    others: int


def unambiguous(*sides: Keys) -> tuple[Keys, ...]:
    """The same keys, whose first numbers alone tell them apart.

    They do already unless two hashes of 64 bits are equal by chance; then all are numbered anew.
    """
    if not any(side.check.any() for side in sides):
        return sides
    keys, checks = (np.concatenate([getattr(side, name) for side in sides]) for name in ("key", "check"))
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    if not (same & (checks[order][1:] != checks[order][:-1])).any():
        return sides
    numbers = np.unique(np.stack([keys, checks], axis=1), axis=0, return_inverse=True)[1].astype(np.int64).ravel()
    ends = np.cumsum([len(side.key) for side in sides])[:-1]
    split = np.split(numbers, ends)
    return tuple(Keys(part, np.zeros_like(part), side.there) for part, side in zip(split, sides, strict=True))


def repeated_keys(keys: Keys) -> int:
    """How many keys several rows have."""
    present = np.sort(keys.key[keys.there])
    same = present[1:] == present[:-1]
    # Of a run of equal ones, its first pair.
    return int(np.count_nonzero(same & ~np.concatenate([[False], same[:-1]])))


def latest(ours: Keys, theirs: Keys, moment: Ints | None = None, batch: Ints | None = None) -> Found:
    """Find each of our rows among theirs.

    Args:
        ours: The labelled rows.
        theirs: A version's rows, with unambiguous keys.
        moment: When each of their rows was scored; the latest one counts. None if all are of one batch.
        batch: The rank of each row's batch, which decides between rows of one moment.
    """
    rows = np.flatnonzero(theirs.there)
    keys = theirs.key[rows]
    if moment is None or batch is None:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        unclear = ordered[1:][ordered[1:] == ordered[:-1]]
    else:
        order = np.lexsort((batch[rows], moment[rows], keys))
        ordered = keys[order]
        unclear = _twice_in_a_batch(keys, batch[rows])
    if not len(ordered):
        return Found(np.full(len(ours.key), -1, np.int64), np.zeros(len(ours.key), bool), 0)
    # The last of equal keys.
    place = np.searchsorted(ordered, ours.key, "right") - 1
    hit = ours.there & (place >= 0) & (ordered[place] == ours.key)
    row = np.where(hit, rows[order[place]], -1)
    known = 1 + np.count_nonzero(ordered[1:] != ordered[:-1])
    repeated = hit & np.isin(ours.key, unclear) if len(unclear) else np.zeros(len(hit), bool)
    # Labelled rows have a key each, or are refused.
    return Found(row, repeated, int(known - np.count_nonzero(hit)))


def _twice_in_a_batch(keys: Ints, batch: Ints) -> Ints:
    order = np.lexsort((batch, keys))
    keys, batch = keys[order], batch[order]
    repeated: Ints = keys[1:][(keys[1:] == keys[:-1]) & (batch[1:] == batch[:-1])]
    return repeated
