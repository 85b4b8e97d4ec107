"""What a compare job's config says for one task alone."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from spark_models.core.config.section import NonEmptyNames, Section

if TYPE_CHECKING:
    from spark_models.core.config.compare import CompareConfig


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(later <= sooner for sooner, later in pairwise(values)):
        raise ValueError("give each once, in ascending order")
    return values


Place = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Levels = Annotated[tuple[Share, ...], Field(strict=False), AfterValidator(_ascending)]


class RankingConfig(Section):
    """ranking: each labelled row is an item of a group, such as an offer of a search."""

    group: NonEmptyNames
    """The columns whose values an item shares with the others of its group; among labels.keys."""

    at: Annotated[tuple[Place, ...], Field(strict=False, min_length=1), AfterValidator(_ascending)] = (10,)
    """So many first items of a group are looked at: 10 gives ndcg_at_10, map_at_10, recall_at_10, precision_at_10."""


class ForecastConfig(Section):
    """forecast: how far ahead rows were forecast, and what the errors of their series are scaled by."""

    horizon: str | None = None
    """Column of the labels table or SQL expression, such as how many days ahead: the first of the slices."""

    scale: str | None = None
    """The same: the mean absolute error of a naive forecast of the row's series in training, for mase."""

    series: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Instead of scale: the columns that tell one series from another, by whose history it is computed."""

    time: str | None = None
    """With series: the column by which the rows of a series are ordered."""

    season: int = Field(default=1, ge=1)
    """With series: the naive forecast is the label of so many rows before, such as 7 for days with weeks."""

    history: str | None = None
    """With series: SQL condition on the labels table for what is history, whatever labels.filter is; all by default."""

    @model_validator(mode="after")
    def _has_one_scale(self) -> Self:
        if problems := list(self._scale_problems()):
            raise ValueError("; ".join(problems))
        return self

    def _scale_problems(self) -> Iterator[str]:
        given = [name for name in ("series", "time", "season", "history") if name in self.model_fields_set]
        if self.scale is not None and given:
            yield f"scale and {given[0]} exclude each other: the scale is given, or computed from the series' history"
        elif given and not (self.series and self.time):
            yield f"{given[0]} takes both series and time"


_SECTIONS = {"ranking": "ranking", "quantiles": "quantile", "forecast": "forecast"}


def given_sections(config: "CompareConfig") -> dict[str, str]:
    """The keys that are there for one task alone, and the task."""
    return {name: task for name, task in _SECTIONS.items() if getattr(config, name)}


def task_problems(config: "CompareConfig") -> Iterator[str]:
    """What is given for another task, or lacks for this one."""
    given = given_sections(config)
    if len(given) > 1:
        yield f"{' and '.join(given)} are of different tasks; leave in one of them"
    elif config.task is not None:
        yield from (f"{name} is of task {of}, not {config.task}" for name, of in given.items() if of != config.task)
    if config.task == "ranking" and config.ranking is None:
        yield "task ranking needs the section ranking, whose group names the columns that items of a group share"
    if config.task == "quantile" and not config.quantiles:
        yield "task quantile needs quantiles, the levels that are predicted, such as [0.1, 0.5, 0.9]"
    if config.ranking is not None:
        yield from _group_problems(config.ranking.group, config.labels.keys)


def _group_problems(group: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    for name in group:
        if name not in keys:
            yield (
                f"ranking.group: {name!r} is not among labels.keys; add it there and to the predictions table,"
                " since both tables are divided by group"
            )
