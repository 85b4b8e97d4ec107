"""Slices of rows: by a column, a SQL expression, several of them crossed, or numbers in bins."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.slices import CROSS, NO_VALUE, QUOTED, Slice, parts_of, slice_title
from spark_models.spark.expressions import column_or_expression, expression_problem, values_told


def slice_column(place: int) -> str:
    """The column that :func:`with_slices` adds for a slice, by its place in the config."""
    return f"_spark_models_slice_{place}"


def slice_problems(frame: DataFrame, slices: Sequence[Slice], bins: Mapping[str, int]) -> list[str]:
    """Every slice that is neither a column nor an expression over columns, and every bin that is not of numbers."""
    parts = list(dict.fromkeys(part for one in slices for part in parts_of(one)))
    problems = [problem for part in parts if (problem := expression_problem(frame, part, "slice"))]
    return problems + list(_bin_problems(frame, parts, bins))


def _bin_problems(frame: DataFrame, parts: Sequence[str], bins: Mapping[str, int]) -> Iterator[str]:
    for name in bins:
        if name not in parts:
            yield f"slice_bins names {name!r}, which is not among the slices"
        elif not expression_problem(frame, name, "slice") and not _is_number(frame, name):
            yield f"slice_bins names {name!r}, which is no number"


def _is_number(frame: DataFrame, part: str) -> bool:
    return isinstance(frame.select(column_or_expression(frame, part)).schema[0].dataType, T.NumericType)


def with_slices(frame: DataFrame, slices: Sequence[Slice], bins: Mapping[str, int]) -> DataFrame:
    """The rows with a string column for each slice, NULL where it has no value; one Spark query if there are bins."""
    cuts = _cuts(frame, bins)
    columns = {
        slice_column(place): _crossed([_text(frame, part, cuts) for part in parts_of(one)])
        for place, one in enumerate(slices)
    }
    return frame.withColumns(columns) if columns else frame


def count_problems(frame: DataFrame, slices: Sequence[Slice], most: int, *, has_bins: bool = False) -> list[str]:
    """Every slice of more values than ``most``, of a frame that :func:`with_slices` gave, in one Spark query or two.

    Args:
        frame: The rows.
        slices: The slices, in the order of their columns.
        most: How many values a slice may have.
        has_bins: Whether the config can put numbers into bins.
    """
    if not slices:
        return []
    places = range(len(slices))
    with values_told("slices", [slice_title(one) for one in slices]):
        (about,) = frame.agg(*(F.approx_count_distinct(slice_column(place)) for place in places)).collect()
    # An estimate is several times as fast, and where it is far below there is nothing to count.
    near = [place for place in places if about[place] > most / 2]
    if not near:
        return []
    (counts,) = frame.agg(*(F.count_distinct(slice_column(place)) for place in near)).collect()
    advice = f"raise it, {'put numbers into slice_bins, ' if has_bins else ''}or leave the slice out"
    return [
        f"slice column {slice_title(slices[place])!r} has {count} values, more than max_slice_values ({most}): {advice}"
        for place, count in zip(near, counts, strict=True)
        if count > most
    ]


def _cuts(frame: DataFrame, bins: Mapping[str, int]) -> dict[str, list[float]]:
    """Where the bins of each part end, but for the last one: its quantiles, as Spark approximates them."""
    if not bins:
        return {}
    shares = {name: F.lit([number / count for number in range(1, count)]) for name, count in bins.items()}
    # NaN is above all numbers, and would be the end of the bins above the others.
    quantiles = [
        F.percentile_approx(F.nanvl(column_or_expression(frame, name).cast("double"), F.lit(None)), share)
        for name, share in shares.items()
    ]
    with values_told("slices", list(bins)):
        (found,) = frame.agg(*quantiles).collect()
    return {name: sorted(set(values or ())) for name, values in zip(bins, found, strict=True)}


def _text(frame: DataFrame, part: str, cuts: Mapping[str, list[float]]) -> Column:
    value = column_or_expression(frame, part)
    if part not in cuts:
        return value.cast("string")
    ends = cuts[part]
    names = [f"{number + 1}: up to {_end(end)}" for number, end in enumerate(ends)]
    last = f"{len(ends) + 1}: above {_end(ends[-1])}" if ends else "1: all"
    # NaN is above all numbers in Spark's order, and in a slice of its own here.
    start = F.when(value.isNull(), F.lit(None)).when(F.isnan(value.cast("double")), F.lit("NaN"))
    pairs = zip(ends, names, strict=True)
    return reduce(lambda so_far, pair: so_far.when(value <= pair[0], F.lit(pair[1])), pairs, start).otherwise(last)


def _end(value: float) -> str:
    """A bin's end, whole numbers with all their digits.

    >>> _end(5.0), _end(1234567.0), _end(0.1)
    ('5', '1234567', '0.1')
    """
    return str(int(value)) if value.is_integer() else f"{value:.10g}"


def _crossed(texts: Sequence[Column]) -> Column:
    if len(texts) == 1:
        return texts[0]
    return F.concat_ws(CROSS, *map(_told, texts))


def _told(text: Column) -> Column:
    """As :func:`core.slices.slice_title` has it, of values."""
    quoted = F.concat(F.lit("'"), F.replace(text, F.lit("'"), F.lit("''")), F.lit("'"))
    among_others = F.concat(F.lit(" "), text, F.lit(" "))
    is_plain = ~text.isin(*QUOTED) & ~text.startswith("'") & ~among_others.contains(CROSS)
    return F.when(text.isNull(), F.lit(NO_VALUE)).when(is_plain, text).otherwise(quoted)
