import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.rows import START, card_row

from spark_models.core.comparison_rows import Rows, Subject, Values
from spark_models.core.config import CompareConfig
from spark_models.core.metric_intervals import Reached
from spark_models.core.metrics import metrics_of
from spark_models.core.model_version import ModelVersion

OWN = {"name": "mean_fare", "sql": "avg(fare)", "direction": "lower"}
BASELINE, SECOND, THIRD = (ModelVersion("delay", version) for version in (1, 2, 3))


def config(**more: Any) -> CompareConfig:
    values: dict[str, Any] = {
        "tables": {"location": "ops"},
        "baseline": "models:/delay@champion",
        "candidates": ["models:/delay@challenger"],
        "task": "binary",
        "labels": {"table": "lake/labels", "keys": ["id"], "column": "late"},
        "predictions": {"table": "lake/predictions"},
    }
    return CompareConfig.model_validate({**values, **more})


def subject(job: CompareConfig | None = None, *candidates: ModelVersion) -> Subject:
    return Subject(job or config(), BASELINE, candidates or (SECOND,), 4, 7)


def labels(**more: Any) -> dict[str, Any]:
    return {"table": "lake/labels", "keys": ["id"], "column": "late", **more}


@pytest.mark.parametrize(
    "same",
    [
        config(baseline="models:/delay/1", candidates=["models:/delay/2"]),
        config(labels=labels(version=4)),
        config(labels=labels(table=str(Path("lake/labels").absolute()))),
        config(predictions={"table": "./lake/predictions/"}),
        config(max_slice_values=5),
        config(tables={"location": "elsewhere"}),
        config(registry={"experiment": "another"}),
    ],
)
def test_the_same_work_has_the_same_id_in_whatever_words(same: CompareConfig) -> None:
    assert subject(same).comparison_id == subject().comparison_id


@pytest.mark.parametrize(
    "other",
    [
        subject(config(threshold=0.25)),
        subject(config(slices=["origin"])),
        subject(config(metrics=[OWN])),
        subject(config(metrics=[{**OWN, "sql": "max(fare)"}])),
        subject(config(labels=labels(column="very_late"))),
        subject(config(labels=labels(filter="id > 1"))),
        subject(config(labels=labels(table="lake/others"))),
        subject(config(predictions={"table": "lake/predictions", "column": "p"})),
        subject(config(), THIRD),
        subject(config(), SECOND, THIRD),
        replace(subject(), label_version=5),
        replace(subject(), predictions_version=8),
        replace(subject(), baseline=THIRD),
    ],
)
def test_whatever_changes_the_result_changes_the_id(other: Subject) -> None:
    assert other.comparison_id != subject().comparison_id


def test_the_order_of_the_candidates_changes_nothing() -> None:
    assert subject(config(), SECOND, THIRD).comparison_id == subject(config(), THIRD, SECOND).comparison_id


@pytest.mark.parametrize("unpinned", ["label_version", "predictions_version"])
def test_a_table_without_a_version_gives_no_id(unpinned: str) -> None:
    changed: dict[str, Any] = {unpinned: None}
    assert replace(subject(), **changed).comparison_id is None


def rows(job: CompareConfig | None = None) -> Rows:
    return Rows(subject(job, SECOND, THIRD), "first", START)


def reached(values: Values) -> dict[int, Reached]:
    """The values on a slice of ten rows, without standard errors."""
    return {version: Reached(10, named) for version, named in values.items()}


def test_each_candidate_stands_beside_the_baseline_with_what_it_took_to_get_there() -> None:
    values: Values = {
        1: {"roc_auc": 0.5, "accuracy": 0.5},
        2: {"roc_auc": 0.75, "accuracy": 0.25},
        3: {"roc_auc": None},
    }
    found = {(row.metric, row.candidate_version): row for row in rows().computed("origin", None, reached(values))}
    better, missing, cut = found["roc_auc", 2], found["roc_auc", 3], found["accuracy", 2]
    assert (better.candidate_value, better.baseline_value, better.change, better.relative_change) == (
        0.75,
        0.5,
        0.25,
        0.5,
    )
    assert (better.direction, better.verdict, better.threshold) == ("higher", "better", None)
    assert (missing.candidate_value, missing.change, missing.verdict) == (None, None, "none")
    assert (cut.threshold, cut.verdict) == (0.5, "worse")
    assert (better.source, better.slice_column, better.slice_value) == ("computed", "origin", None)
    assert (better.comparison_id, better.compared_at, better.task) == ("first", START, "binary")
    assert (better.label_table, better.label_version) == (str(Path("lake/labels").absolute()), 4)
    assert (better.predictions_table, better.predictions_version) == (str(Path("lake/predictions").absolute()), 7)
    assert len(found) == 2 * len(metrics_of("binary", top=(0.1,)))
    assert (better.rows, better.small, better.evidence) == (10, True, None)


def test_metrics_of_a_user_s_own_stand_among_those_of_the_task() -> None:
    values: Values = {1: {"mean_fare": 2.0}, 2: {"mean_fare": 1.0}, 3: {}}
    found = {
        row.candidate_version: row
        for row in rows(config(metrics=[OWN])).computed(None, None, reached(values))
        if row.metric == "mean_fare"
    }
    assert (found[2].change, found[2].direction, found[2].verdict) == (-1.0, "lower", "better")
    assert (found[2].source, found[2].threshold, found[3].candidate_value) == ("computed", None, None)


def test_agreement_is_of_the_candidates_and_has_no_direction() -> None:
    found = list(rows().agreement({2: {"correlation": 0.5, "agreement": 0.25}, 3: {"correlation": None}}, 7))
    told = [(row.metric, row.candidate_version, row.candidate_value, row.baseline_value) for row in found]
    assert told == [
        ("agreement", 2, 0.25, None),
        ("agreement", 3, None, None),
        ("correlation", 2, 0.5, None),
        ("correlation", 3, None, None),
    ]
    assert {(row.source, row.direction, row.verdict, row.rows) for row in found} == {("agreement", "none", "none", 7)}
    assert [row.threshold for row in found] == [0.5, 0.5, None, None]
    (multiclass, *_) = rows(config(task="multiclass")).agreement({2: {"agreement": 0.25}}, 7)
    assert multiclass.threshold is None


def test_logged_metrics_stand_beside_one_another_by_name() -> None:
    metrics = ({"rmse": 2.0, "loss": 1.0}, {"rmse": 1.0, "depth": 3.0}, {"rmse": math.nan})
    cards = {version: card_row(model_version=version, metrics=found) for version, found in enumerate(metrics, start=1)}
    found = {
        (row.metric, row.candidate_version): (row.candidate_value, row.baseline_value, row.verdict)
        for row in rows().logged(cards)
    }
    assert found["rmse", 2] == (1.0, 2.0, "better")
    assert found["rmse", 3][2] == "none"
    assert found["loss", 2] == (None, 1.0, "none")
    assert found["depth", 2] == (3.0, None, "none")


def test_metrics_with_a_parameter_are_those_that_the_config_asks_for_and_have_a_direction_when_they_are_logged() -> (
    None
):
    asked = config(task="ranking", ranking={"group": ["id"], "at": [5, 10]})
    computed = {row.metric: row.direction for row in rows(asked).computed(None, None, reached({1: {}, 2: {}, 3: {}}))}
    assert computed == {
        "mrr": "higher",
        **{f"{kind}_at_{at}": "higher" for kind in ("ndcg", "map", "recall", "precision") for at in (5, 10)},
    }
    asked = config(task="quantile", quantiles=[0.5])
    computed = {row.metric: row.direction for row in rows(asked).computed(None, None, reached({1: {}, 2: {}, 3: {}}))}
    assert computed["coverage_error_50"] == "zero"
    cards = {version: card_row(model_version=version, metrics={"pinball_loss_50": 1.0 * version}) for version in (1, 2)}
    logged = {row.candidate_version: (row.direction, row.verdict) for row in rows().logged(cards)}
    assert logged[2] == ("lower", "worse")


def test_counts_are_rows_without_a_verdict() -> None:
    found = list(rows().counts({"rows_failed": {1: 0, 2: 3, 3: 0}}))
    assert [(row.candidate_version, row.candidate_value, row.baseline_value) for row in found] == [(2, 3, 0), (3, 0, 0)]
    assert {(row.source, row.direction, row.verdict) for row in found} == {("rows", "none", "none")}


def test_a_slice_has_its_size() -> None:
    for row in rows().slice_size("origin", "JFK", 5):
        assert (row.source, row.metric, row.slice_column, row.slice_value) == ("rows", "rows_compared", "origin", "JFK")
        assert (row.candidate_value, row.baseline_value) == (5, 5)
    of_groups = rows(config(task="ranking", ranking={"group": ["id"]})).slice_size("origin", "JFK", 5)
    assert {row.metric for row in of_groups} == {"groups"}


def test_differences_are_told_for_each_candidate() -> None:
    cards = {version: card_row(model_version=version, hyperparameters={"alpha": str(version)}) for version in (1, 2, 3)}
    found = [(row.candidate_version, row.name, row.candidate_value, row.baseline_value) for row in rows().diffs(cards)]
    assert found == [(2, "alpha", "2", "1"), (3, "alpha", "3", "1")]
