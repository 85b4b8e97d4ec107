"""What a drift job is about, and the rows of its tables, built from what was measured."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from spark_models.core.changing_sql import changing_part
from spark_models.core.config import DriftConfig
from spark_models.core.drift import Agreement, ChangedRow, ColumnProfile, Distances, Profile, ScoredRows
from spark_models.core.drift_tables import (
    WHOLE_TABLE,
    DriftMetric,
    DriftRow,
    NonNullColumns,
    Window,
)
from spark_models.core.identifiers import derived_id
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import parse_table_name

# What the result does not depend on, and what the id takes from elsewhere.
_WITHOUT_EFFECT: dict[str, Any] = {
    "registry": True,
    "tables": True,
    "session": True,
    "max_slice_values": True,
    "versions": {"candidate", "baseline", "table"},
    "windows": {"table": True, "model": True, "baseline": {"version"}, "current": {"version"}},
}


@dataclass(frozen=True)
class DriftSubject:
    """What is compared with what.

    ``model_version`` is the candidate, or the one version of both windows; the table versions are Delta's.
    """

    config: DriftConfig
    baseline: ModelVersion | None
    model_version: ModelVersion | None
    baseline_table_version: int | None
    current_table_version: int | None

    @property
    def kind(self) -> Literal["versions", "windows"]:
        """Whether two versions are compared, or two windows."""
        return "windows" if self.config.versions is None else "versions"

    @property
    def table(self) -> str:
        """The table that is read; a path is absolute."""
        section = self.config.versions or self.config.windows
        assert section is not None
        return str(parse_table_name(section.table))

    @property
    def drift_id(self) -> str | None:
        """An id from all that the result depends on; None where the table has no version, or SQL no value, for it."""
        if self.baseline_table_version is None or self.current_table_version is None:
            return None
        if self.config.windows is not None and any(map(changing_part, self.config.windows.sql)):
            return None
        settings = self.config.model_dump(mode="json", exclude=_WITHOUT_EFFECT)
        # As they are read, however they were written: an alias, a relative path, a version that was left out.
        return derived_id(
            **settings,
            table=self.table,
            table_versions=(self.baseline_table_version, self.current_table_version),
            baseline_model=self.baseline and self.baseline.uri,
            model=self.model_version and self.model_version.uri,
        )


@dataclass(frozen=True)
class DriftRows:
    """Builds the rows of one drift job; ``columns`` are the names and types of the columns that are compared."""

    subject: DriftSubject
    drift_id: str
    computed_at: datetime
    columns: Sequence[tuple[str, str]]

    def of_slice(
        self,
        slice_: tuple[str | None, str | None],
        profiles: tuple[Profile, Profile],
        distances: Mapping[int, Distances],
        agreements: Sequence[Agreement] = (),
    ) -> Iterator[DriftMetric]:
        """One row a column.

        Args:
            slice_: Its column and value.
            profiles: The baseline's, and the current one.
            distances: By the column's place; none of those without.
            agreements: Of two versions, one a column.
        """
        for place, (name, kind) in enumerate(self.columns):
            baseline, current = (profile.columns[place] for profile in profiles)
            yield self._metric(
                slice_,
                (name, kind),
                profiles,
                **_changes(baseline, current, profiles),
                **vars(distances.get(place, Distances())),
                **(vars(agreements[place]) if agreements else {}),
            )

    def of_table(
        self,
        slice_: tuple[str | None, str | None],
        profiles: tuple[Profile, Profile],
        scored: ScoredRows | None = None,
    ) -> DriftMetric:
        """The row about the table as a whole; of two versions, about what they scored."""
        baseline, current = (
            [place for place, column in enumerate(profile.columns) if column.nulls < profile.rows]
            for profile in profiles
        )
        changed = NonNullColumns(len(set(current) - set(baseline)), len(set(baseline) - set(current)))
        more: dict[str, Any] = {}
        if scored is not None:
            counts = scored.baseline, scored.candidate
            more = {"baseline_count": counts[0], "current_count": counts[1], "count_delta": counts[1] - counts[0]}
            more["rows_compared"] = scored.both
        return self._metric(slice_, (WHOLE_TABLE, None), profiles, non_null_columns_delta=changed, **more)

    def changed(self, rows: Sequence[ChangedRow]) -> tuple[DriftRow, ...]:
        """One row each, ranked in their order."""
        baseline, candidate = self.subject.baseline, self.subject.model_version
        if baseline is None or candidate is None:
            return ()
        return tuple(
            DriftRow(
                drift_id=self.drift_id,
                computed_at=self.computed_at,
                model_name=candidate.name,
                baseline_version=baseline.version,
                model_version=candidate.version,
                rank=rank,
                keys=row.keys,
                difference=row.difference,
            )
            for rank, row in enumerate(rows, 1)
        )

    def _metric(
        self,
        slice_: tuple[str | None, str | None],
        column: tuple[str, str | None],
        profiles: tuple[Profile, Profile],
        **measured: Any,
    ) -> DriftMetric:
        subject, windows = self.subject, self.subject.config.windows
        baseline, current = profiles
        values: dict[str, Any] = {
            "window": current.window or Window(self.computed_at, self.computed_at),
            "window_cmp": baseline.window,
            "granularity": windows and windows.granularity,
            "drift_type": windows.drift_type if windows else "BASELINE",
            "slice_key": slice_[0],
            "slice_value": slice_[1],
            "column_name": column[0],
            "data_type": column[1],
            "drift_id": self.drift_id,
            "computed_at": self.computed_at,
            "kind": subject.kind,
            "table": subject.table,
            "baseline_table_version": subject.baseline_table_version,
            "current_table_version": subject.current_table_version,
            "baseline_filter": windows and windows.baseline.filter,
            "current_filter": windows and windows.current.filter,
            "model_name": subject.model_version and subject.model_version.name,
            "baseline_version": subject.baseline and subject.baseline.version,
            "model_version": subject.model_version and subject.model_version.version,
            "baseline_count": baseline.rows,
            "current_count": current.rows,
            "count_delta": current.rows - baseline.rows,
        }
        return DriftMetric(**{**_NOTHING_MEASURED, **values, **measured})


_NOTHING_MEASURED = {
    "avg_delta": None,
    "percent_null_delta": None,
    "percent_zeros_delta": None,
    "percent_distinct_delta": None,
    "percent_nan_delta": None,
    "non_null_columns_delta": None,
    "baseline_avg": None,
    "current_avg": None,
    **vars(Distances()),
}


def _changes(baseline: ColumnProfile, current: ColumnProfile, profiles: tuple[Profile, Profile]) -> dict[str, Any]:
    """What changed in a column, by the names of the columns of ``drift_metrics``."""
    rows = profiles[0].rows, profiles[1].rows
    return {
        "baseline_avg": baseline.average,
        "current_avg": current.average,
        "avg_delta": _change(baseline.average, current.average),
        "percent_null_delta": _change(_percent(baseline.nulls, rows[0]), _percent(current.nulls, rows[1])),
        "percent_zeros_delta": _change(_percent(baseline.zeros, rows[0]), _percent(current.zeros, rows[1])),
        "percent_nan_delta": _change(_percent(baseline.nans, rows[0]), _percent(current.nans, rows[1])),
        "percent_distinct_delta": _change(_percent(baseline.distinct, rows[0]), _percent(current.distinct, rows[1])),
    }


def _percent(count: int | None, rows: int) -> float | None:
    return None if count is None or not rows else 100 * count / rows


def _change(before: float | None, after: float | None) -> float | None:
    # An infinity minus itself is no number.
    return None if before is None or after is None or math.isnan(after - before) else after - before
