from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.lake import add_rows, rows_of, version
from tests.models import Store, make_store
from tests.promoting import Model, model_of
from tests.rows import START, card_row, metric_row

from spark_models.core.config import PromoteConfig
from spark_models.core.outcomes import Promotion
from spark_models.core.tables import Card, ComparisonMetric
from spark_models.errors import ConfigError, GateRefusedError, RegistryError
from spark_models.steps.promote import promote


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def model(spark: SparkSession, store: Store, lake: str, request: pytest.FixtureRequest) -> Model:
    """A model of the test's own with three versions, the first of which is the champion."""
    return model_of(spark, store, lake, request.node.name)


def config(model: Model, version: int = 2, **more: Any) -> PromoteConfig:
    gate = ({"metric": "roc_auc", "absolute": 0.7, "min_change": 0.1},)
    return PromoteConfig.model_validate(
        {"candidate": f"models:/{model.name}/{version}", "gate": gate, "registry": model.store.config, **more}
        | {"tables": model.tables}
    )


def compared(model: Model, candidate: float | None, baseline: float | None, **more: Any) -> ComparisonMetric:
    return metric_row("roc_auc", candidate, baseline, model_name=model.name, **more)


def store_comparison(model: Model, *rows: ComparisonMetric) -> None:
    add_rows(model.tables.table("comparison_metrics"), rows)


def test_a_candidate_that_passes_the_gate_gets_the_alias(model: Model) -> None:
    worse_slice = compared(model, 0.1, 0.9, slice_column="origin", slice_value="JFK")
    logged = compared(model, 0.1, 0.9, source="logged")
    store_comparison(model, compared(model, 0.75, 0.625), worse_slice, logged)
    cards = [card_row(model_name=model.name, model_version=version, aliases=()) for version in (1, 2, 3)]
    cards[0] = replace(cards[0], aliases=("champion",))
    add_rows(model.tables.table("model_versions"), cards)

    done = promote(config(model), spark=model.spark)
    assert (done.moved, done.previous, done.comparison_id, done.forced) == (True, 1, "first", False)
    assert [(check.requirement, check.passed) for check in done.checks] == [
        ("at least 0.7", True),
        ("better than the baseline by at least 0.1", True),
    ]
    assert model.holder() == 2
    before, now = model.history()
    assert (before.model_version, before.until) == (1, now.since)
    assert (now.model_version, now.until, now.action) == (2, None, "promote")
    assert (now.reason, now.comparison_id, now.forced) == ("the gate passed", "first", False)
    written = rows_of(model.tables.table("model_versions"), Card)
    assert {card.model_version: card.aliases for card in written} == {1: (), 2: ("champion",), 3: ()}


def test_every_bound_that_does_not_hold_is_told_and_nothing_moves(model: Model) -> None:
    store_comparison(
        model,
        compared(model, 0.5, 0.625),
        metric_row("log_loss", None, 0.5, model_name=model.name),
        metric_row("brier", 0.25, 0.5, model_name=model.name),
    )
    gate = (
        {"metric": "roc_auc", "absolute": 0.7, "min_change": 0.0},
        {"metric": "log_loss", "absolute": 0.5},
        {"metric": "brier", "min_relative_change": 0.5},
        {"metric": "mae", "absolute": 1.0},
    )
    before = model.history()
    with pytest.raises(GateRefusedError) as refused:
        promote(config(model, gate=gate), spark=model.spark)
    assert refused.value.exit_code == 6
    assert refused.value.problems == (
        "roc_auc at least 0.7: 0.5",
        "roc_auc better than the baseline by at least 0: -0.125",
        "log_loss at most 0.5: undefined",
        "mae at most 1: not in the comparison",
    )
    assert (model.holder(), model.history()) == (1, before)


def test_the_latest_comparison_with_the_holder_decides(model: Model) -> None:
    later, last = (START + timedelta(days=days) for days in (1, 2))
    store_comparison(
        model,
        compared(model, 0.75, 0.5),
        compared(model, 0.5, 0.75, comparison_id="later", compared_at=later),
        compared(model, 0.75, 0.5, comparison_id="of another baseline", compared_at=last, baseline_version=3),
        compared(model, 0.75, 0.5, comparison_id="of another candidate", compared_at=last, candidate_version=3),
        replace(compared(model, 0.75, 0.5, comparison_id="of another model", compared_at=last), model_name="other"),
    )
    with pytest.raises(GateRefusedError, match=r"at least 0\.7: 0\.5"):
        promote(config(model), spark=model.spark)
    assert promote(config(model, comparison_id="first"), spark=model.spark).comparison_id == "first"


def test_without_a_comparison_with_the_holder_nothing_is_promoted(model: Model) -> None:
    with pytest.raises(
        GateRefusedError, match=r"no comparison of it with version 1, the holder, is stored; run spark-m"
    ):
        promote(config(model), spark=model.spark)
    store_comparison(model, compared(model, 0.75, 0.5, baseline_version=3))
    with pytest.raises(GateRefusedError, match="with version 1"):
        promote(config(model), spark=model.spark)
    with pytest.raises(GateRefusedError, match="no comparison second of it is stored"):
        promote(config(model, comparison_id="second"), spark=model.spark)
    assert model.holder() == 1


def test_a_comparison_with_another_version_than_the_holder_does_not_count(model: Model) -> None:
    store_comparison(model, compared(model, 0.5, 0.5, baseline_version=3))
    with pytest.raises(GateRefusedError) as refused:
        promote(config(model, comparison_id="first"), spark=model.spark)
    assert refused.value.problems[0] == (
        "comparison first is with version 3, but version 1 holds it; compare with the holder"
    )
    assert len(refused.value.problems) == 3
    with pytest.raises(GateRefusedError, match="but nobody holds it"):
        promote(config(model, alias="canary", comparison_id="first"), spark=model.spark)


def test_an_alias_that_nobody_holds_is_given_by_force_alone(model: Model) -> None:
    with pytest.raises(GateRefusedError, match="nobody holds canary, so there is nothing to be better than"):
        promote(config(model, alias="canary"), spark=model.spark)
    done = promote(config(model, alias="canary", force=True, reason="the first of all"), spark=model.spark)
    assert (done.moved, done.previous, done.forced, done.comparison_id) == (True, None, True, None)
    assert model.holder("canary") == 2


def test_a_forced_promotion_keeps_its_reason_and_what_the_gate_said(model: Model) -> None:
    store_comparison(model, compared(model, 0.5, 0.625))
    done = promote(config(model, force=True, reason="version 1 is wrong about 2013"), spark=model.spark)
    assert (done.moved, done.forced, [check.passed for check in done.checks]) == (True, True, [False, False])
    now = model.history()[-1]
    assert (now.model_version, now.forced, now.comparison_id) == (2, True, "first")
    assert now.reason == "version 1 is wrong about 2013"


def test_force_where_the_gate_passes_is_no_force(model: Model) -> None:
    store_comparison(model, compared(model, 0.75, 0.5))
    done = promote(config(model, force=True, reason="quarterly"), spark=model.spark)
    assert (done.forced, model.history()[-1].forced, model.history()[-1].reason) == (False, False, "quarterly")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_force_needs_a_reason(reason: str | None) -> None:
    with pytest.raises(ConfigError, match="force needs a reason"):
        PromoteConfig.model_validate(
            {
                "candidate": "models:/delay/2",
                "gate": [{"metric": "mae", "absolute": 1.0}],
                "tables": {"location": "ops"},
                "force": True,
                "reason": reason,
            }
        )


def test_a_version_that_is_not_there_is_refused(model: Model) -> None:
    with pytest.raises(RegistryError, match="has no version 9"):
        promote(config(model, version=9), spark=model.spark)


def test_the_holder_stays_what_it_is_and_no_table_changes(model: Model) -> None:
    add_rows(model.tables.table("model_versions"), [card_row(model_name=model.name)])
    names = [model.tables.table(name) for name in ("alias_history", "model_versions")]
    before = [version(name) for name in names]
    done = promote(config(model, version=1), spark=model.spark)
    assert (done.moved, done.previous, done.comparison_id, done.checks) == (False, None, None, ())
    assert before == [version(name) for name in names]


def promoted_twice(model: Model, stopped_at: str, monkeypatch: pytest.MonkeyPatch) -> Promotion:
    """A promotion that is stopped where ``stopped_at`` would be called, and then run again."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    store_comparison(model, compared(model, 0.75, 0.5))
    with monkeypatch.context() as patched:
        patched.setattr(stopped_at, stop)
        with pytest.raises(KeyboardInterrupt):
            promote(config(model), spark=model.spark)
    assert model.holder() == 2
    return promote(config(model), spark=model.spark)


def test_a_promotion_that_was_stopped_before_the_history_is_finished_by_a_rerun(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = promoted_twice(model, "spark_models.steps.aliases.upsert_rows", monkeypatch)
    assert (done.moved, done.previous) == (True, 1)
    before, now = model.history()
    assert (before.model_version, before.until) == (1, now.since)
    assert (now.model_version, now.action, now.comparison_id) == (2, "promote", "first")
    assert not promote(config(model), spark=model.spark).moved


def test_a_promotion_that_was_stopped_before_the_cards_is_finished_by_a_rerun(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_rows(model.tables.table("model_versions"), [card_row(model_name=model.name)])
    done = promoted_twice(model, "spark_models.steps.promote.refresh_card_aliases", monkeypatch)
    assert not done.moved
    (written,) = rows_of(model.tables.table("model_versions"), Card)
    assert written.aliases == ()


def test_a_move_that_others_made_is_in_the_history_before_the_next_one(model: Model) -> None:
    model.move_outside(3)
    store_comparison(model, compared(model, 0.75, 0.5, baseline_version=3))
    done = promote(config(model), spark=model.spark)
    assert (done.moved, done.previous) == (True, 3)
    first, outside, now = model.history()
    assert [entry.model_version for entry in (first, outside, now)] == [1, 3, 2]
    assert [entry.action for entry in (first, outside, now)] == ["register", "outside", "promote"]
    assert (first.until, outside.until, now.until) == (outside.since, now.since, None)


def test_a_candidate_that_others_gave_the_alias_to_keeps_it_though_the_gate_refuses(model: Model) -> None:
    model.move_outside(2)
    before = model.history()
    assert not promote(config(model), spark=model.spark).moved
    assert (model.holder(), model.history()) == (2, before)
