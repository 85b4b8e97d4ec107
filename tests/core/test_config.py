import pickle
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception

import pytest

from spark_models.core.config import (
    CompareConfig,
    InputConfig,
    OutputConfig,
    OwnMetric,
    PromoteConfig,
    ScoreConfig,
    TablesConfig,
    Threshold,
)
from spark_models.errors import ConfigError

TABLES = TablesConfig(location="ops")
OUTPUT = OutputConfig(table="t", keys=("id",))


def problems(make: Callable[[], object]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        make()
    return list(caught.value.problems)


def test_a_config_made_in_python_says_the_same_as_one_from_a_file() -> None:
    assert problems(
        lambda: ScoreConfig.model_validate({"tables": TABLES, "model": 3, "output": {"mod": "append"}})
    ) == [
        "model: a text is needed, got a whole number; put it between quotes",
        "output.table is missing",
        "output.keys is missing",
        "output.mod is not a key; did you mean 'mode'?",
    ]


def test_a_section_made_alone_says_what_is_wrong_in_it() -> None:
    assert problems(lambda: OutputConfig(table="t", keys=())) == ["keys: at least 1 is needed in the list, got 0"]
    assert problems(lambda: InputConfig.model_validate({"columns": {1: "a"}})) == ["columns: a key must be a text"]
    assert problems(lambda: InputConfig.model_validate({1: "a"})) == ["the config: a key must be a text"]
    assert problems(lambda: InputConfig.model_validate(3)) == [
        "a section with keys of its own is needed, got a whole number"
    ]


def test_a_version_and_a_timestamp_exclude_each_other() -> None:
    assert problems(lambda: InputConfig.model_validate({"version": 1, "timestamp": "2026-05-01"})) == [
        "give version or timestamp, not both"
    ]


def test_a_gate_lists_what_is_wrong_in_each_threshold() -> None:
    gate = [{"metric": "rocauc", "absolut": 1.0}, {"metric": "brier"}, {"metric": "true_positives", "absolute": 1.0}]

    found = problems(lambda: PromoteConfig.model_validate({"tables": TABLES, "candidate": "m", "gate": gate}))

    assert found[:3] == [
        "gate[0].metric: there is no such metric to gate on; did you mean 'roc_auc'?",
        "gate[0].absolut is not a key; did you mean 'absolute'?",
        "gate[1]: give at least one of absolute, min_change, min_relative_change and change_interval_above",
    ]
    assert found[3] == "gate[2].metric: no value of it is better than another"


def test_a_gate_may_be_on_a_metric_that_only_the_comparison_knows() -> None:
    assert Threshold(metric="missed_fare", absolute=1.0).metric == "missed_fare"
    assert problems(lambda: Threshold(metric="missed fare", absolute=1.0))[0].startswith(
        "metric: there is no such metric to gate on"
    )
    assert problems(lambda: Threshold(metric="interval_coverage_80", absolute=0.8)) == [
        "metric: no value of it is better than another; gate on 'interval_coverage_error_80'"
    ]


def test_a_metric_of_one_s_own_has_a_name_of_its_own_and_says_something() -> None:
    names = ("roc_auc", "gain_at_10", "ROC-AUC", "RocAuc", "2nd", "missed fare", "fare", "fare")
    metrics = [{"name": name, "sql": "avg(fare)", "direction": "lower"} for name in names]
    found = problems(lambda: CompareConfig.model_validate({"tables": TABLES, "metrics": metrics}))
    taken = "is a metric that comparisons have already; choose another name"
    spelling = "it is made of letters, digits and _, and begins with no digit"
    assert [problem for problem in found if problem.startswith("metrics")] == [
        f"metrics[0].name: 'roc_auc' {taken}",
        f"metrics[1].name: 'gain_at_10' {taken}",
        f"metrics[2].name: {spelling}",
        f"metrics[3].name: 'roc_auc' {taken}",
        f"metrics[4].name: {spelling}",
        f"metrics[5].name: {spelling}",
    ]
    values = {"tables": TABLES, "metrics": metrics[-2:]}
    assert "metrics: each name may be there once only; there are several of fare" in problems(
        lambda: CompareConfig.model_validate(values)
    )
    assert problems(lambda: OwnMetric(name="fare", sql=" ", direction="lower")) == [
        "sql: a SQL aggregate is needed, such as avg(abs(label - prediction))"
    ]


def test_entries_that_do_not_fit_do_not_make_their_list_too_short() -> None:
    assert problems(lambda: PromoteConfig.model_validate({"tables": TABLES, "candidate": "m", "gate": [1]})) == [
        "gate[0]: a section with keys of its own is needed, got a whole number"
    ]


def test_no_trace_shows_the_values_that_were_given() -> None:
    values = {"model": ["hunter2"], "registry": {"tracking_uri": {"password": "hunter2"}}}

    with pytest.raises(ConfigError) as caught:
        ScoreConfig.model_validate(values)

    assert "hunter2" not in "".join(format_exception(caught.value))
    assert "hunter2" not in str(caught.value.__context__)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_force_needs_a_reason() -> None:
    gate = (Threshold(metric="brier", min_change=0.0),)

    assert problems(lambda: PromoteConfig(tables=TABLES, candidate="m", gate=gate, force=True, reason=" ")) == [
        "force needs a reason, which is stored"
    ]


def test_numbers_truths_and_choices_are_not_guessed() -> None:
    values = {"tables": TABLES, "task": "clustering", "threshold": "0.5", "max_slice_values": 0, "slices": "origin"}

    found = problems(lambda: CompareConfig.model_validate(values))

    tasks = "'regression', 'binary', 'multiclass', 'multilabel', 'ranking', 'quantile' or 'forecast'"
    assert f"task: {tasks} is needed" in found
    assert "threshold: a number is needed, got a text" in found
    assert "max_slice_values: at least 1 is needed" in found
    assert "slices: a list is needed, got a text" in found


def test_an_empty_section_says_how_to_get_its_defaults() -> None:
    assert (
        "registry: a section with keys of its own is needed, got nothing; leave the key out for its default"
        in problems(lambda: ScoreConfig.model_validate({"registry": None}))
    )


def test_a_config_is_the_same_after_a_journey() -> None:
    config = ScoreConfig(model="m", tables=TABLES, output=OUTPUT)

    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301  # what was just dumped
    assert ScoreConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (TablesConfig(location="./lake/ops/"), str(Path("lake/ops/scoring_runs").absolute())),
        (TablesConfig(location="main.ops"), "main.ops.scoring_runs"),
        (TablesConfig(location="ops", scoring_runs="elsewhere.runs"), "elsewhere.runs"),
    ],
)
def test_the_packages_tables_stand_in_the_folder_or_schema_or_where_they_are_sent(
    tables: TablesConfig, expected: str
) -> None:
    assert str(tables.table("scoring_runs")) == expected


def test_group_models_are_named_by_one_template_and_scored_by_the_engine_that_groups() -> None:
    def given(**more: object) -> list[str]:
        return problems(lambda: ScoreConfig.model_validate({"tables": TABLES, "output": OUTPUT, **more}))

    assert given(model="models:/delay@champion", model_by="carrier") == [
        "model_by: model has no {carrier} in it, by which each value of the column gets its own model"
    ]
    [told] = given(model=["models:/{carrier}/1"], model_by="carrier", engine="pandas_udf")
    assert told.removeprefix("model_by: ").split("; ") == [
        "model is a list",
        "give one URI with the column's name in braces",
        "engine pandas_udf does not bring rows together by key",
        "leave it out",
    ]
    assert given(model="models:/{carrier}/1", model_by="carrier", engine="direct") == [
        "model_by: engine direct does not bring rows together by key; leave it out"
    ]
    assert given(model="models:/{carrier}/1", model_by="carrier", max_groups=0) == ["max_groups: at least 1 is needed"]


def comparing(**more: object) -> CompareConfig:
    labels = {"table": "l", "keys": ["id", "query"], "column": "label"}
    given = {"tables": TABLES, "candidates": ["a"], "baseline": "b", "labels": labels, "predictions": {"table": "p"}}
    return CompareConfig.model_validate({**given, **more})


def test_a_comparison_may_leave_its_task_out_and_slices_by_horizon_first() -> None:
    found = comparing(forecast={"horizon": "days"}, slices=["shop", "days", ["a", "b"]])
    assert found.task is None
    assert found.all_slices == ("days", "shop", ("a", "b"))
    assert comparing(slices=["shop", "shop"]).all_slices == ("shop",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"task": "ranking"}, "task ranking needs the section ranking"),
        ({"task": "quantile"}, "task quantile needs quantiles"),
        ({"task": "binary", "quantiles": [0.5]}, "quantiles is of task quantile, not binary"),
        ({"quantiles": [0.5], "forecast": {"scale": "s"}}, "quantiles and forecast are of different tasks"),
        ({"quantiles": [0.5, 0.5]}, "quantiles: give each once, in ascending order"),
        ({"quantiles": [0.5, 1.0]}, "quantiles[1]"),
        ({"ranking": {"group": ["shop"]}}, "ranking.group: 'shop' is not among labels.keys"),
        ({"ranking": {"group": []}}, "ranking.group: at least 1 is needed"),
        ({"ranking": {"group": ["query"], "at": [10, 5]}}, "ranking.at: give each once, in ascending order"),
        ({"ranking": {"group": ["query"], "at": [0]}}, "ranking.at[0]: at least 1 is needed"),
        ({"forecast": {"scale": "s", "series": ["shop"]}}, "scale and series exclude each other"),
        ({"forecast": {"series": ["shop"]}}, "series takes both series and time"),
        ({"forecast": {"season": 7}}, "season takes both series and time"),
    ],
)
def test_what_a_task_takes_is_there_and_is_of_that_task(more: dict[str, object], told: str) -> None:
    assert told in "\n".join(problems(lambda: comparing(**more)))
