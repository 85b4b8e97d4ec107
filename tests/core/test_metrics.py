from dataclasses import fields

import pytest

from spark_models.core.drift_tables import DriftMetric, HypothesisTest
from spark_models.core.metrics import AGREEMENT, DIRECTIONS, METRICS, Direction, Task, direction_of, metrics_of


def test_a_metric_of_several_tasks_has_one_direction() -> None:
    assert all(DIRECTIONS[metric.name] == metric.direction for metrics in METRICS.values() for metric in metrics)


@pytest.mark.parametrize(
    ("direction", "names"),
    [
        ("higher", ["lift_at_2.5", "gain_at_10", "ndcg_at_10", "map_at_1", "recall_at_5", "precision_at_100"]),
        ("lower", ["pinball_loss_97.5", "interval_width_80", "interval_score_95"]),
        ("zero", ["coverage_error_2.5", "interval_coverage_error_80"]),
        ("none", ["coverage_10", "interval_coverage_80"]),
    ],
)
def test_metrics_with_a_parameter_have_the_direction_of_their_family(direction: Direction, names: list[str]) -> None:
    assert {name: direction_of(name) for name in names} == dict.fromkeys(names, direction)


@pytest.mark.parametrize("name", ["ndcg_at_2.5", "ndcg_at_", "lift_at_10x", "coverage_width_80", "map"])
def test_what_only_looks_like_a_metric_is_none(name: str) -> None:
    assert direction_of(name) is None


def names_of(task: Task, at: tuple[int, ...] = (), levels: tuple[float, ...] = ()) -> list[str]:
    return [metric.name for metric in metrics_of(task, at=at, levels=levels)]


def test_rankings_are_measured_at_each_place() -> None:
    assert names_of("ranking", at=(1, 10))[:3] == ["mrr", "ndcg_at_1", "ndcg_at_10"]
    assert names_of("ranking", at=(5,)) == ["mrr", "ndcg_at_5", "map_at_5", "recall_at_5", "precision_at_5"]


def test_of_quantiles_each_level_and_each_central_interval_is_measured() -> None:
    levels = (0.025, 0.1, 0.5, 0.9)
    found = metrics_of("quantile", levels=levels)
    assert [metric.name for metric in found if metric.name.startswith("pinball")] == [
        "pinball_loss", "pinball_loss_2.5", "pinball_loss_10", "pinball_loss_50", "pinball_loss_90",
    ]  # fmt: skip
    intervals = {metric.name: metric.direction for metric in found if metric.name.startswith("interval")}
    assert intervals == {
        "interval_coverage_80": "none",
        "interval_coverage_error_80": "zero",
        "interval_width_80": "lower",
        "interval_score_80": "lower",
    }


def test_one_quantile_cannot_cross_another() -> None:
    assert "quantile_crossing" in names_of("quantile", levels=(0.1, 0.2))
    assert "quantile_crossing" not in names_of("quantile", levels=(0.1,))


def test_forecasts_are_measured_as_regressions_and_more() -> None:
    assert names_of("forecast") == [*names_of("regression"), "smape", "mase", "wape"]


def test_agreement_has_the_names_of_the_drift_tables_or_of_a_metric() -> None:
    of_test = {field.name for field in fields(HypothesisTest)}
    of_drift = {field.name for field in fields(DriftMetric)}
    for metric in AGREEMENT:
        name, _, field = metric.name.partition(".")
        assert metric.name in DIRECTIONS or (name in of_drift and field in {"", *of_test}), metric.name
