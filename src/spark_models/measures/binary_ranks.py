"""What binary metrics need of the exact order of all scores, computed over ranges of scores that add up.

Each range is sorted by itself, knowing what is above it; rows of one score are always in one range, so that ties are
exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

import numpy as np

from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.medians import SLACK
from spark_models.measures.sample import Codes, Floats, segments


@dataclass(frozen=True)
class Best:
    """The threshold that is best by some value, and the weights of positives and negatives from it on.

    Of two the better one is their sum; of equal ones, but for rounding, the higher threshold. ``signed`` is the value
    with its sign where only its size is compared.
    """

    value: float = -np.inf
    threshold: float = np.inf
    hits: float = 0.0
    alarms: float = 0.0
    signed: float = 0.0

    def __add__(self, other: "Best") -> "Best":
        if isclose(self.value, other.value, rel_tol=SLACK):
            return max(self, other, key=lambda best: best.threshold)
        return max(self, other, key=lambda best: best.value)


@dataclass(frozen=True)
class Top:
    """Where the top share of the weight ends: at the score ``threshold``, of whose rows the part ``inside`` is in it.

    ``hits`` is the weight of positives in the top, ties counted in part.
    """

    threshold: float
    inside: float
    hits: float


@dataclass(frozen=True)
class BinaryRanks:
    """The sums under two curves, and what was searched for along them.

    ``pairs_won`` counts the pairs of a positive and a negative where the positive ranks above, ties as half (the
    Mann-Whitney U; over the number of pairs it is the ROC AUC). ``precision_steps`` sums, at each score, its
    positives times the precision there; over all positives it is scikit-learn's average precision.
    """

    pairs_won: float = 0.0
    precision_steps: float = 0.0
    ks: Best = Best()
    f1: Best = Best()
    cost: Best = Best()
    tops: tuple[Top | None, ...] = ()

    def __add__(self, other: "BinaryRanks") -> "BinaryRanks":
        return BinaryRanks(
            self.pairs_won + other.pairs_won,
            self.precision_steps + other.precision_steps,
            self.ks + other.ks,
            self.f1 + other.f1,
            self.cost + other.cost,
            tuple(_upper(*pair) for pair in zip(self.tops, other.tops, strict=True)),
        )


def _upper(one: Top | None, other: Top | None) -> Top | None:
    return max((top for top in (one, other) if top is not None), key=lambda top: top.threshold, default=None)


@dataclass(frozen=True)
class Around:
    """Weights of positives and negatives of one slice: above a range of scores, and in all."""

    above: tuple[float, float]
    total: tuple[float, float]


def range_ranks(
    score: Floats,
    weights: Floats,
    codes: Codes,
    around: Mapping[int, Around],
    settings: BinarySettings,
) -> dict[int, BinaryRanks]:
    """The pieces of one range of scores, by slice.

    Args:
        score: Shape (n,), descending.
        weights: Of positives and negatives in each row, shape (2, n).
        codes: The slice of each row, shape (n,); below 0 if none.
        around: What is above the range and in all, by slice.
        settings: Costs and top shares.
    """
    return {code: _pieces(score[rows], weights[:, rows], around[code], settings) for code, rows in segments(codes)}


def _pieces(score: Floats, weights: Floats, around: Around, settings: BinarySettings) -> BinaryRanks:
    positives, negatives = weights
    # Compared, and not subtracted: between two infinities there is no difference.
    starts = np.flatnonzero(np.concatenate([[True], score[1:] != score[:-1]])[: len(score)])
    if len(starts) < len(score):
        score, (positives, negatives) = score[starts], np.add.reduceat(weights, starts, axis=1)
    hits, alarms = around.above[0] + positives.cumsum(), around.above[1] + negatives.cumsum()
    all_positives, all_negatives = around.total
    with np.errstate(all="ignore"):
        flagged = hits + alarms
        apart = hits / all_positives - alarms / all_negatives
        precision = np.where(flagged > 0, hits / flagged, 0.0)

        def best(values: Floats, signed: Floats) -> Best:
            if not len(values):
                return Best()
            most = values.max()
            if np.isnan(most):
                if np.isnan(values).all():
                    return Best()
                most = np.nanmax(values)
            place = int(np.argmax(values >= most - SLACK * abs(most)))
            return Best(*(float(array[place]) for array in (values, score, hits, alarms, signed)))

        f1 = 2 * hits / (flagged + all_positives)
        saved = -_costs(hits, alarms, around.total, settings)
        return BinaryRanks(
            float(negatives @ (hits - positives / 2)),
            float(positives @ precision),
            best(np.abs(apart), apart),
            best(f1, f1),
            best(saved, saved) if settings.costs else Best(),
            tuple(_top(share, score, (hits, alarms), (positives, negatives), around) for share in settings.top),
        )


def _costs(hits: Floats, alarms: Floats, total: tuple[float, float], settings: BinarySettings) -> Floats:
    """The mean cost of flagging from each score on."""
    of_hit, of_alarm, of_miss, of_rejection = settings.costs or (0.0, 0.0, 0.0, 0.0)
    positives, negatives = total
    costs = of_hit * hits + of_alarm * alarms + of_miss * (positives - hits) + of_rejection * (negatives - alarms)
    return costs / (positives + negatives)


def nothing_flagged(total: tuple[float, float], settings: BinarySettings) -> Best:
    """The threshold above all scores, which may cost least."""
    if not settings.costs or not sum(total):
        return Best()
    cost = -float(_costs(np.zeros(1), np.zeros(1), total, settings)[0])
    return Best(cost, np.inf, 0.0, 0.0, cost)


def _top(
    share: float, score: Floats, reached: tuple[Floats, Floats], here: tuple[Floats, Floats], around: Around
) -> Top | None:
    total = sum(around.total)
    wanted, slack, flagged = share * total, SLACK * total, reached[0] + reached[1]
    # Sums in another order differ in their last digits: the higher of two scores, or ranges, has the end.
    if not len(score) or not sum(around.above) < wanted <= flagged[-1] + slack:
        return None
    place = min(int(np.searchsorted(flagged, wanted - slack)), len(score) - 1)
    tied = float(here[0][place] + here[1][place])
    inside = min(max((wanted - float(flagged[place]) + tied) / tied, 0.0), 1.0)
    hits = float(reached[0][place]) - (1 - inside) * float(here[0][place])
    return Top(float(score[place]), inside, hits)
