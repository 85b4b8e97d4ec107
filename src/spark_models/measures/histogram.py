"""Histograms over fixed cut points, which add up; the bins without rows take no room."""

from dataclasses import dataclass

import numpy as np

from spark_models.measures.sample import Codes, Floats

# Placements of scores, and so standard errors of ranks, are as fine as this.
BINS = 4096


def cut_points(values: Floats, bins: int = BINS) -> Floats:
    """Where to cut so that about equally many of the values, of shape (n,), fall into each of at most ``bins`` bins.

    A value x is in the bin ``searchsorted(cuts, x, "right")``. Of fewer distinct values than bins each has its own bin.
    """
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) < bins:
        return distinct
    places = np.linspace(0, len(values) - 1, bins + 1)[1:-1].astype(np.int64)
    return np.unique(np.sort(values)[places])


def places_in(values: Floats, cuts: Floats) -> Codes:
    """The bin of each value: 0 below the first cut, ``len(cuts)`` from the last one on."""
    return np.searchsorted(cuts, values, "right")


@dataclass(frozen=True)
class Drawn:
    """Values of each series that say where to cut it."""

    series: tuple[Floats, ...]

    def __add__(self, other: "Drawn") -> "Drawn":
        return Drawn(tuple(np.concatenate(pair) for pair in zip(self.series, other.series, strict=True)))

    def thinned(self, most: int) -> "Drawn":
        """At most so many values of each series, evenly along it."""
        return Drawn(tuple(values[:: -(-len(values) // most) or 1] for values in self.series))


@dataclass(frozen=True)
class Histogram:
    """Sums by bin: of the bins ``places``, ascending, of ``size`` in all, ``sums`` with a column for each."""

    size: int
    places: Codes
    sums: Floats

    def __add__(self, other: "Histogram") -> "Histogram":
        return sparse(self.dense() + other.dense())

    def dense(self) -> Floats:
        """All bins: shape (kinds of sums, size)."""
        full = np.zeros((len(self.sums), self.size))
        full[:, self.places] = self.sums
        return full


def histogram(bins: Codes, size: int, *weights: Floats) -> Histogram:
    """For each array of weights, of the shape of ``bins``, its sum in each bin."""
    return sparse(np.stack([np.bincount(bins, weight, size) for weight in weights]))


def sparse(full: Floats) -> Histogram:
    """The histogram of sums by bin, shape (kinds of sums, size)."""
    places = np.flatnonzero(full.any(axis=0))
    return Histogram(full.shape[1], places, full[:, places])
