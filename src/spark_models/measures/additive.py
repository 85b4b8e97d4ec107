"""Sums that add up field by field."""

from typing import Self


class Additive:
    """The base of frozen dataclasses whose fields all have ``+``."""

    def __add__(self, other: Self) -> Self:
        return type(self)(**{name: value + getattr(other, name) for name, value in vars(self).items()})
