"""The chart of docs/performance.md."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

COLOURS = {"pandas_udf": "#b0b7c3", "polars": "#7a8aa0", "spark-models": "#1f6feb"}


def draw(file: Path, ratios: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> None:
    """An SVG of bars: how many times as fast as MLflow's UDF each way is, by model, with least and most as whiskers.

    Args:
        file: Where to.
        ratios: By model and way the least, the median and the most.
    """
    names, ways = list(ratios), list(COLOURS)
    figure = Figure(figsize=(9, 1.0 + 0.75 * len(names)), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(ways)
    for number, way in enumerate(ways):
        places = [row + (number - (len(ways) - 1) / 2) * height for row in range(len(names))]
        least, median, most = zip(*(ratios[name][way] for name in names), strict=True)
        whiskers = [
            [middle - low for low, middle in zip(least, median, strict=True)],
            [high - middle for middle, high in zip(median, most, strict=True)],
        ]
        axes.barh(places, median, height * 0.9, xerr=whiskers, color=COLOURS[way], label=way, ecolor="#444c56")
    axes.axvline(1, color="#444c56", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("times as fast as mlflow.pyfunc.spark_udf")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(ways), frameon=False)
    # Without a date the file changes only when the figures do.
    figure.savefig(file, format="svg", metadata={"Date": None})
