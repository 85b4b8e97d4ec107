"""What a comparison of binary classifiers is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BinarySettings:
    """``costs`` are of true and false positives, false and true negatives; ``top`` are shares of rows."""

    threshold: float = 0.5
    costs: tuple[float, float, float, float] | None = None
    top: tuple[float, ...] = (0.1,)
    calibration_bins: int = 10
