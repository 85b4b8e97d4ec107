from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import START, card_row, metric_row

from spark_models.core.config import VersionsConfig
from spark_models.core.known_versions import Computed, KnownVersion, ModelFacts, computed_metrics
from spark_models.core.version_list import TrendPoint, VersionList
from spark_models.core.version_request import version_request
from spark_models.errors import ConfigError


def known(version: int, **more: Any) -> KnownVersion:
    """A version of ``delay``, made so many hours after the start."""
    values: dict[str, Any] = {
        "version": version,
        "created_at": START + timedelta(hours=version),
        "status": "READY",
        "description": None,
        "run_id": None,
        "run_name": None,
        "flavor": None,
        "digest": None,
        "aliases": (),
        "params": {},
        "metrics": {},
        "tags": {},
    }
    return KnownVersion(**{**values, **more})


VERSIONS = (
    known(1, metrics={"auc": 0.7}, params={"alpha": "10"}, tags={"team": "ops"}),
    known(2, metrics={"auc": 0.9}, params={"alpha": "9"}, aliases=("champion",)),
    known(3, metrics={"loss": 0.5}, params={"alpha": "1e1"}, tags={"team": "ops"}),
    known(4, metrics={"auc": nan}),
)


def listed(
    versions: tuple[KnownVersion, ...] = VERSIONS,
    computed: Mapping[int, Mapping[str, Computed]] | None = None,
    **config: Any,
) -> VersionList:
    request = version_request(VersionsConfig.model_validate({"name": "delay", **config}))
    return request.listed(ModelFacts(versions, computed or {}))


def order(*sort: str, **config: Any) -> list[Any]:
    return [row["version"] for row in listed(sort=[*sort], columns=["version"], **config).rows]


def test_by_default_all_versions_are_there_newest_first_with_their_metrics() -> None:
    found = listed()
    assert found.columns == ("version", "aliases", "created_at", "run_name", "metrics.auc", "metrics.loss")
    assert [row["version"] for row in found.rows] == [4, 3, 2, 1]
    assert found.rows[2] == {
        "version": 2,
        "aliases": ("champion",),
        "created_at": START + timedelta(hours=2),
        "run_name": None,
        "metrics.auc": 0.9,
        "metrics.loss": None,
    }
    assert (found.name, found.matched, found.total, found.trend) == ("delay", 4, 4, None)


def test_versions_are_those_for_which_the_condition_is_true() -> None:
    found = listed(where="metrics.auc > 0.6 and not aliases = 'champion'")
    assert [row["version"] for row in found.rows] == [1]
    assert (found.matched, found.total) == (1, 4)


def test_what_a_version_lacks_or_is_nan_comes_last_in_either_direction() -> None:
    assert order("metrics.auc") == [1, 2, 3, 4]
    assert order("-metrics.auc") == [2, 1, 3, 4]
    assert order("metrics.auc desc, -version") == [2, 1, 4, 3]
    assert order("aliases", "version") == [2, 1, 3, 4]


def test_parameters_that_are_numbers_are_in_the_order_of_numbers() -> None:
    assert order("params.alpha") == [2, 1, 3, 4]
    assert order("-params.alpha,-version") == [3, 1, 2, 4]
    texts = (*VERSIONS, known(5, params={"alpha": "auto"}))
    assert order("params.alpha", versions=texts) == [1, 3, 2, 5, 4]


def test_columns_are_chosen_by_name_or_all_of_a_group() -> None:
    found = listed(columns=["params.*,tags.team", "version", "metrics.auc,metrics.*", "computed.*"])
    assert found.columns == ("params.alpha", "tags.team", "version", "metrics.auc", "metrics.loss")


def test_a_limit_leaves_out_the_last_ones() -> None:
    found = listed(limit=1, sort=["version"], where="version > 1")
    assert ([row["version"] for row in found.rows], found.matched, found.total) == ([2], 3, 4)


def test_every_unknown_name_is_told_at_once_with_where_it_stands() -> None:
    with pytest.raises(ConfigError) as caught:
        listed(where="auc > 1 and tags.taem = 'x'", sort=["-metrics.acu"], columns=["param.alhpa"], trend="rmse")
    assert caught.value.problems == (
        "where: no version has 'auc'; did you mean 'metrics.auc'?",
        "where: no version has 'tags.taem'; did you mean 'tags.team'?",
        "sort: no version has 'metrics.acu'; did you mean 'metrics.auc'?",
        "columns: no version has 'params.alhpa'; did you mean 'params.alpha'?",
        "trend: no version has 'metrics.rmse'",
    )


def test_what_cannot_be_read_is_told_before_anything_is_known() -> None:
    with pytest.raises(ConfigError) as caught:
        version_request(VersionsConfig(name="delay", where="version = 'x'", trend="tags.team"))
    assert caught.value.problems == (
        "trend: tags.team is no metric: write metrics.NAME or computed.NAME",
        "where: 'x' is compared with a number, which it is not",
    )


def test_a_model_without_versions_has_an_empty_list_whatever_is_asked_of_them() -> None:
    assert listed((), where="metrics.auc > 1", sort=["-metrics.auc"], columns=["metrics.auc"]).rows == ()


COMPARED = (
    metric_row("roc_auc", 0.8, 0.7, candidate_low=0.75, candidate_high=0.85, confidence=0.95),
    metric_row("auc", 0.6, 0.5),
    metric_row("roc_auc", 0.1, 0.2, slice_column="origin", slice_value="JFK", compared_at=START + timedelta(days=9)),
    metric_row("rows", 5.0, 5.0, source="rows"),
)


def test_computed_metrics_are_of_both_sides_and_over_all_rows() -> None:
    found = computed_metrics(COMPARED)
    assert {version: {name: one.value for name, one in by_name.items()} for version, by_name in found.items()} == {
        1: {"roc_auc": 0.7, "auc": 0.5},
        2: {"roc_auc": 0.8, "auc": 0.6},
    }
    assert (found[2]["roc_auc"].low, found[2]["roc_auc"].high, found[1]["roc_auc"].low) == (0.75, 0.85, None)


@given(st.permutations(range(3)))
def test_the_newest_comparison_counts_in_whatever_order_they_are_stored(places: list[int]) -> None:
    rows = [
        metric_row("auc", float(hour), None, comparison_id=f"c{hour}", compared_at=START + timedelta(hours=hour))
        for hour in range(3)
    ]
    newest = computed_metrics([rows[place] for place in places])[2]["auc"]
    assert (newest.value, newest.comparison_id) == (2.0, "c2")


def test_metrics_are_the_runs_own_and_computed_ones_where_no_run_logged_the_name() -> None:
    computed = computed_metrics([*COMPARED, metric_row("auc", 0.4, 0.5, candidate_version=3)])
    found = listed(computed=computed, columns=["version,metrics.auc,metrics.roc_auc,computed.auc"], sort=["version"])
    assert [tuple(row.values())[1:] for row in found.rows[:3]] == [(0.7, 0.7, 0.5), (0.9, 0.8, 0.6), (None, None, 0.4)]
    assert order("-metrics.roc_auc", computed=computed, where="metrics.roc_auc > 0.7 or computed.auc = 0.5") == [2, 1]


def test_columns_that_comparisons_computed_have_those_of_the_versions_that_are_shown() -> None:
    later = metric_row(
        "roc_auc", 0.9, 0.7, candidate_version=3, comparison_id="second", compared_at=START + timedelta(days=1)
    )
    computed = computed_metrics([*COMPARED, later])
    columns = ["version,metrics.auc,metrics.roc_auc,computed.auc,params.alpha"]
    found = listed(computed=computed, columns=columns)
    assert found.computed == {"metrics.roc_auc": ("second", "first"), "computed.auc": ("first",)}
    assert listed(computed=computed, columns=columns, where="version = 2").computed["metrics.roc_auc"] == ("first",)


def test_a_card_tells_the_flavor_and_what_a_run_that_is_gone_had_logged() -> None:
    card = card_row(metrics={"rmse": 1.0, "auc": 0.1}, hyperparameters={"alpha": "1"}, run_name="night")
    assert VERSIONS[0].with_card(card) == replace(
        VERSIONS[0], flavor="sklearn", digest=card.digest, run_name="night", metrics={"rmse": 1.0, "auc": 0.7}
    )


def test_a_trend_is_in_the_order_of_time_with_gaps_where_there_is_no_value() -> None:
    late = replace(VERSIONS[0], created_at=START + timedelta(days=1))
    trend = listed((late, *VERSIONS[1:3]), trend="auc", sort=["version"], limit=1).trend
    assert trend is not None
    assert (trend.metric, trend.source) == ("metrics.auc", "logged")
    assert [(point.version, point.value) for point in trend.points] == [(2, 0.9), (3, None), (1, 0.7)]


@pytest.mark.parametrize("name", ["roc_auc", "computed.roc_auc"])
def test_a_computed_trend_has_intervals_and_says_which_comparison_it_is_from(name: str) -> None:
    trend = listed(computed=computed_metrics(COMPARED), trend=name, where="version < 3").trend
    assert trend is not None
    assert trend.source == "computed"
    assert trend.points == (
        TrendPoint(1, START + timedelta(hours=1), 0.7, confidence=0.95, comparison_id="first"),
        TrendPoint(2, START + timedelta(hours=2), 0.8, 0.75, 0.85, confidence=0.95, comparison_id="first"),
    )


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers()), max_size=6), st.booleans())
def test_sorting_keeps_every_version_and_puts_numbers_in_order(
    values: list[float | None],
    is_descending: bool,  # noqa: FBT001  # hypothesis gives it
) -> None:
    versions = tuple(
        known(number, metrics={} if value is None else {"x": value}) for number, value in enumerate(values, start=1)
    )
    config: dict[str, Any] = {
        "sort": ["-metrics.x" if is_descending else "metrics.x"],
        "columns": ["version", "metrics.*"],
    }
    if not any(value is not None for value in values):
        config["sort"] = ["version"]
    rows = listed(versions, **config).rows
    assert sorted(row["version"] for row in rows) == list(range(1, len(values) + 1))
    told = [row.get("metrics.x") for row in rows]
    numbers = [value for value in told if value is not None and value == value]  # noqa: PLR0124  # not NaN
    assert numbers == sorted(numbers, reverse=is_descending)
    assert told[: len(numbers)] == numbers
