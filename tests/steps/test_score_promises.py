"""What must hold whatever happens: one batch, one version; nothing lost or doubled; no values in errors."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest
from tests.models import flights, log_pyfunc, pyfunc_of
from tests.steps.conftest import Models
from tests.steps.scoring import Desk, add_version, mlflows, numbered, with_missing

from spark_models.core.model_version import ModelVersion
from spark_models.errors import DataError
from spark_models.registry.aliases import set_alias
from spark_models.steps import score as score_module
from spark_models.steps.score import score

SECRET = 987654.25


def refuse_long_distances(_: Any, rows: pd.DataFrame, __: Any) -> Any:
    """What a model does that refuses some rows, and tells them."""
    too_long = rows["distance"][rows["distance"] > 900_000]
    if len(too_long):
        raise ValueError(f"bad distance {too_long.tolist()}")
    return rows["distance"].to_numpy() * 2.0


@pytest.fixture(scope="module")
def picky_version(models: Models) -> ModelVersion:
    return add_version(models.store, "picky", log_pyfunc(models.store, pyfunc_of(refuse_long_distances)))


def bad_rows(rows: int = 20) -> pd.DataFrame:
    bad = numbered(flights(rows))
    bad.loc[13, "distance"] = SECRET
    return bad


def test_an_alias_that_moves_while_a_job_runs_changes_nothing_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write()
    registry = desk.store.registry
    set_alias(registry, ModelVersion("delay", 1), "moving")
    original = score_module.verified_files

    def moved_meanwhile(*arguments: Any) -> Any:
        set_alias(registry, ModelVersion("delay", 2), "moving")
        return original(*arguments)

    monkeypatch.setattr(score_module, "verified_files", moved_meanwhile)
    done = score(desk.job("delay@moving"), spark=desk.spark)
    assert done.model_version == ModelVersion("delay", 1)
    found = desk.predictions()
    assert set(found["model_version"]) == {1}
    rows = desk.frame().orderBy("id").toPandas()
    expected = mlflows(desk.store, ModelVersion("delay", 1), rows.drop(columns="id"))
    assert found["prediction"].tolist() == expected.tolist()


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_rerun_of_the_same_batch_writes_nothing(desk: Desk, mode: str) -> None:
    desk.write()
    first = score(desk.job("delay/1", mode=mode), spark=desk.spark)
    before = desk.version(), desk.version(f"{desk.lake}/ops/scoring_runs")
    second = score(desk.job("delay/1", mode=mode), spark=desk.spark)
    assert second.skipped
    assert second.batch_id == first.batch_id
    assert (desk.version(), desk.version(f"{desk.lake}/ops/scoring_runs")) == before


def test_a_job_that_fails_commits_nothing_and_can_be_run_again(desk: Desk, picky_version: ModelVersion) -> None:
    desk.write(bad_rows())
    with pytest.raises(DataError) as caught:
        score(desk.job("picky/1"), spark=desk.spark)
    assert len(desk.predictions()) == 0
    (failed,) = desk.runs()
    assert (failed.status, failed.output_version, failed.rows_in) == ("failed", None, 20)
    assert failed.model_version == picky_version.version
    assert failed.error is not None
    for told in (str(caught.value), failed.error):
        assert "ValueError" in told
        assert "987654" not in told

    done = score(desk.job("picky/1", on_row_error="record"), spark=desk.spark)
    assert done.run is not None
    assert (done.run.rows_in, done.run.rows_scored, done.run.rows_failed) == (20, 19, 1)
    found = desk.predictions().set_index("id")
    assert found["error"].notna().sum() == 1
    assert "ValueError" in found.loc[13, "error"]
    assert "987654" not in found.loc[13, "error"]
    assert found["prediction"].isna().sum() == 1
    assert found.drop(index=13)["prediction"].tolist() == (bad_rows()["distance"].drop(index=13) * 2).tolist()


def test_two_jobs_with_the_same_batch_at_once_write_it_once(desk: Desk) -> None:
    desk.write()
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(score, desk.job("delay/1"), spark=desk.spark) for _ in range(2)]
        done = [job.result() for job in jobs]
    assert sorted(one.skipped for one in done) == [False, True]
    assert desk.predictions()["id"].tolist() == list(range(20))


def test_two_versions_scored_at_once_do_not_conflict(desk: Desk) -> None:
    desk.write()
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(score, desk.job(f"delay/{version}", mode="replace", batch_id="night"), spark=desk.spark)
            for version in (1, 2)
        ]
        done = [job.result() for job in jobs]
    assert [one.skipped for one in done] == [False, False]
    assert desk.predictions()["model_version"].value_counts().to_dict() == {1: 20, 2: 20}


def test_a_batch_that_is_replaced_touches_no_other(desk: Desk) -> None:
    desk.write()
    for version, batch in ((1, "monday"), (1, "tuesday"), (2, "monday")):
        score(desk.job(f"delay/{version}", batch_id=batch), spark=desk.spark)
    before = desk.predictions()
    score(desk.job("delay/1", batch_id="monday", mode="replace", filter="id < 5"), spark=desk.spark)
    after = desk.predictions()

    def others(found: pd.DataFrame) -> pd.DataFrame:
        other = found[(found["model_version"] != 1) | (found["batch_id"] != "monday")]
        return other.reset_index(drop=True)

    pd.testing.assert_frame_equal(others(after), others(before))
    assert len(after) == len(before) - 15


def test_changed_predictions_of_a_merge_replace_the_old_ones_and_new_keys_are_added(desk: Desk) -> None:
    desk.write(numbered(flights(10)))
    score(desk.job("delay/1", mode="merge"), spark=desk.spark)
    score(desk.job("delay/2", mode="merge"), spark=desk.spark)
    more = numbered(flights(15)).iloc[10:]
    desk.write(more)
    done = score(desk.job("delay/1", mode="merge"), spark=desk.spark)
    found = desk.predictions()
    ours = found[found["model_version"] == 1].sort_values("id")
    assert ours["id"].tolist() == list(range(15))
    assert set(ours["batch_id"]) == {done.batch_id}
    assert (found["model_version"] == 2).sum() == 10


@pytest.mark.parametrize("name", ["delay", "late", "booster", "doubling"])
def test_predictions_equal_mlflows_bit_for_bit(desk: Desk, name: str) -> None:
    rows = desk.write(numbered(flights(60)))
    score(desk.job(f"{name}/1"), spark=desk.spark)
    expected = mlflows(desk.store, ModelVersion(name, 1), rows.drop(columns="id"))
    assert desk.predictions()["prediction"].tolist() == list(expected)


def test_predictions_of_rows_with_missing_values_equal_mlflows(desk: Desk) -> None:
    rows = desk.write(with_missing(numbered(flights(60))))
    score(desk.job("booster/1"), spark=desk.spark)
    expected = mlflows(desk.store, ModelVersion("booster", 1), rows.drop(columns="id"))
    assert desk.predictions()["prediction"].tolist() == list(expected)


def test_probabilities_equal_the_models_own(desk: Desk, models: Models) -> None:
    rows = desk.write(numbered(flights(60)))
    score(desk.job("late/1", method="predict_proba"), spark=desk.spark)
    expected = models.late.model.predict_proba(rows[["distance", "dep_delay"]])
    assert [list(one) for one in desk.predictions()["prediction"]] == expected.tolist()


def test_nan_and_null_stay_what_they_are_in_the_output(desk: Desk) -> None:
    desk.spark.createDataFrame(
        [(0, float("nan"), None), (1, 2.0, float("nan")), (2, 3.0, 1.0)], "id bigint, distance double, note double"
    ).write.format("delta").save(desk.input)
    score(desk.job("doubling/1", passthrough=("note",)), spark=desk.spark)
    found = desk.spark.read.format("delta").load(desk.output).orderBy("id").collect()
    assert [str(row["prediction"]) for row in found] == ["nan", "4.0", "6.0"]
    assert [str(row["note"]) for row in found] == ["None", "nan", "1.0"]


def test_an_empty_input_is_a_batch_without_rows(desk: Desk) -> None:
    desk.write()
    done = score(desk.job("delay/1", filter="id < 0"), spark=desk.spark)
    assert done.run is not None
    assert (done.run.rows_in, done.run.rows_scored, done.run.status) == (0, 0, "succeeded")
    assert score(desk.job("delay/1", filter="id < 0"), spark=desk.spark).skipped
