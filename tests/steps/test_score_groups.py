"""Group models: each key's rows are scored by its own model, and only by it, in one pass and one commit."""

from collections.abc import Iterator
from dataclasses import replace

import deltalake
import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as F
from tests.models import add_version, flights
from tests.steps.conftest import Models
from tests.steps.scoring import Desk, mlflows, numbered, with_missing

from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, DataError, RegistryError, SchemaError
from spark_models.registry.connection import Registry
from spark_models.registry.files import ModelFiles, verified_files
from spark_models.steps import acceleration
from spark_models.steps.score import score


@pytest.fixture(scope="module", autouse=True)
def one_model_a_carrier(models: Models) -> None:
    """Models named by carrier: ``of_AA`` and so on give delays, ``late_AA`` and so on probabilities."""
    for name, logged in (
        ("of_AA", "delay"),
        ("of_B6", "booster"),
        ("of_UA", "doubling"),
        ("late_AA", "late"),
        ("late_B6", "trees"),
        ("late_UA", "late"),
    ):
        add_version(models.store, name, models.logged[logged])


def expected(desk: Desk, model_version: ModelVersion, rows: pd.DataFrame) -> list[float]:
    return list(np.asarray(mlflows(desk.store, model_version, rows.drop(columns="id"))))


@pytest.mark.usefixtures("usual_plans")
def test_each_keys_rows_are_scored_by_its_own_model_in_one_commit(desk: Desk, models: Models) -> None:
    rows = desk.write()
    job = desk.job("of_{carrier}/latest", model_by="carrier", passthrough=("carrier",))
    done = score(job, spark=desk.spark)

    assert [one.model_version for one in done.all] == [ModelVersion(f"of_{key}", 1) for key in ("AA", "B6", "UA")]
    found, version = desk.predictions(), desk.version()
    assert version == 1
    assert len(found) == len(rows)
    for one, (key, slice_) in zip(done.all, rows.groupby("carrier"), strict=True):
        mine = found[found["batch_id"] == one.batch_id]
        assert set(mine["model_name"]) == {f"of_{key}"}
        assert mine["id"].tolist() == slice_["id"].tolist()
        assert mine["prediction"].tolist() == expected(desk, ModelVersion(f"of_{key}", 1), slice_)
        run = one.run
        assert run is not None
        assert (run.rows_in, run.rows_scored, run.rows_failed) == (len(slice_), len(slice_), 0)
        assert (run.model_uri, run.filter) == (f"models:/of_{key}/latest", None)
        assert (run.engine, run.engine_reason) == (
            "arrow",
            "rows are brought together by key; workers write the predictions",
        )
    assert {run.batch_id for run in desk.runs()} == {one.batch_id for one in done.all}

    assert all(one.skipped for one in score(job, spark=desk.spark).all)
    assert desk.version() == version
    assert len(desk.runs()) == 3

    # A new version of one of them, and the batch of another gone.
    add_version(desk.store, "of_UA", models.logged["delay"])
    deltalake.DeltaTable(desk.output).delete("model_name = 'of_B6'")
    again = score(job, spark=desk.spark)
    assert [one.skipped for one in again.all] == [True, False, False]
    assert [one.batch_id for one in again.all[:2]] == [one.batch_id for one in done.all[:2]]
    after = desk.predictions()
    assert after.groupby(["model_name", "model_version"]).size().to_dict() == {
        ("of_AA", 1): sum(rows["carrier"] == "AA"),
        ("of_B6", 1): sum(rows["carrier"] == "B6"),
        ("of_UA", 1): sum(rows["carrier"] == "UA"),
        ("of_UA", 2): sum(rows["carrier"] == "UA"),
    }


def test_keys_whose_uris_name_one_version_share_its_part(desk: Desk) -> None:
    rows = desk.write()
    for key, version in (("AA", "1"), ("B6", "2"), ("UA", "1")):
        desk.store.client.set_registered_model_alias("delay", key, version)
    job = desk.job("delay@{carrier}", model_by="carrier", mode="merge", batch_id="monday")
    done = score(job, spark=desk.spark)

    assert [(one.model_version, one.batch_id) for one in done.all] == [
        (ModelVersion("delay", version), "monday") for version in (1, 2)
    ]
    runs = [one.run for one in done.all]
    assert [run.model_uri for run in runs if run] == ["models:/delay@{carrier}", "models:/delay@B6"]
    found = desk.predictions()
    shared = rows[rows["carrier"] != "B6"]
    assert found[found["model_version"] == 1]["id"].tolist() == shared["id"].tolist()
    assert found[found["model_version"] == 1]["prediction"].tolist() == expected(desk, ModelVersion("delay", 1), shared)
    assert all(one.skipped for one in score(job, spark=desk.spark).all)

    twice = desk.frame().unionByName(desk.frame().where("carrier = 'B6'"))
    with pytest.raises(DataError, match=f"{len(rows) - len(shared)} rows repeat the key"):
        score(desk.job("delay@{carrier}", model_by="carrier", mode="merge", table=None), twice, spark=desk.spark)


def test_hundreds_of_keys_are_as_many_parts_as_versions(
    desk: Desk, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"key_{number}" for number in range(200)]
    rows = numbered(flights(600))
    rows["carrier"] = keys * 3
    desk.write(rows)
    for logged in ("booster", "doubling"):
        add_version(desk.store, "of_keys", models.logged[logged])
    for place, key in enumerate(keys):
        desk.store.client.set_registered_model_alias("of_keys", key, str(1 + place % 2))
    fetched = []

    def noted(registry: Registry, model_version: ModelVersion) -> ModelFiles:
        fetched.append(model_version)
        return verified_files(registry, model_version)

    monkeypatch.setattr("spark_models.steps.score.verified_files", noted)
    done = score(desk.job("of_keys@{carrier}", model_by="carrier"), spark=desk.spark)

    versions = [ModelVersion("of_keys", 1), ModelVersion("of_keys", 2)]
    assert [one.model_version for one in done.all] == fetched == versions
    found = desk.predictions()
    for place, version in enumerate(versions):
        mine = rows[place::2]
        got = found[found["model_version"] == version.version]
        assert got["id"].tolist() == mine["id"].tolist()
        assert got["prediction"].tolist() == expected(desk, version, mine)


@pytest.fixture
def few_rows_are_enough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(acceleration, "ROWS_WORTH_FOLDING", 15)
    acceleration._admission.cache_clear()
    yield
    acceleration._admission.cache_clear()


@pytest.mark.usefixtures("few_rows_are_enough")
def test_failing_rows_faster_forms_and_replacing_are_of_each_model_by_itself(desk: Desk) -> None:
    rows = with_missing(numbered(flights(30)))
    rows["carrier"] = ["AA", "AA", "B6"] * 9 + ["UA"] * 3
    desk.write(rows)
    # All models but the one for B6 refuse missing values.
    refused = (rows["distance"].isna() | rows["dep_delay"].isna()) & (rows["carrier"] != "B6")
    counts = [(len(slice_), slice_.sum()) for _, slice_ in refused.groupby(rows["carrier"])]
    assert counts[1] == (9, 0)
    changes = {"mode": "replace", "method": "predict_proba", "on_row_error": "record"}
    job = desk.job("late_{carrier}/1", model_by="carrier", **changes)
    for _ in range(2):
        runs = [one.run for one in score(job, spark=desk.spark).all if one.run]
        assert [(run.rows_in, run.rows_failed) for run in runs] == counts
        assert [str(run.predictor_reason).startswith("for so few rows") for run in runs] == [False, True, True]
        found = desk.predictions().sort_values("id")
        assert found["id"].tolist() == rows["id"].tolist()
        assert found["prediction"].isna().tolist() == refused.tolist()


def test_rows_without_a_model_are_refused_before_any_work(desk: Desk) -> None:
    desk.write()
    with pytest.raises(RegistryError) as caught:
        score(desk.job("delay_{hour}@champion", model_by="hour", filter="hour IN (9, 18)"), spark=desk.spark)
    assert [problem.split("; did")[0].split(" (reg")[0] for problem in caught.value.problems] == [
        f"models:/delay_{hour}@champion: there is no registered model 'delay_{hour}'" for hour in (9, 18)
    ]
    with pytest.raises(DataError, match=r"has more values than max_groups \(2\)"):
        score(desk.job("of_{carrier}/1", model_by="carrier", max_groups=2), spark=desk.spark)
    # A first row without a name, and then rows whose two models give different types.
    frame = desk.frame().withColumn("name", F.expr("CASE WHEN id = 1 THEN 'late_AA' WHEN id > 1 THEN 'of_B6' END"))
    job = desk.job("{name}/1", model_by="name", table=None, batch_id="a")
    with pytest.raises(DataError, match="column 'name' is NULL in 1 rows"):
        score(job, frame, spark=desk.spark)
    with pytest.raises(SchemaError, match="late_AA version 1 gives bigint, of_B6 version 1 gives double"):
        score(job, frame.where("id > 0"), spark=desk.spark)
    assert desk.version() is None
    assert [(run.status, run.rows_in) for run in desk.runs()] == [("failed", None)] * 5
    assert [run.model_uri for run in desk.runs()][-2:] == ["models:/late_AA/1", "models:/of_B6/1"]


def test_an_input_without_rows_is_a_batch_without_models_and_is_not_scored_again(desk: Desk) -> None:
    desk.write()
    job = desk.job("of_{carrier}/latest", model_by="carrier", filter="id < 0", result_type="double")
    done = score(job, spark=desk.spark)

    assert (done.model_version, done.others) == (None, ())
    run = done.run
    assert run is not None
    assert (run.model_name, run.model_version, run.model_uri) == (None, None, "models:/of_{carrier}/latest")
    assert (run.status, run.rows_in, run.rows_scored, run.rows_failed) == ("succeeded", 0, 0, 0)
    assert (run.input_version, run.output_version, run.batch_id) == (0, None, done.batch_id)
    assert desk.runs() == (run,)
    assert desk.predictions().empty

    assert score(job, spark=desk.spark) == replace(done, run=None)
    assert (desk.version(), len(desk.runs())) == (0, 1)

    # Rows of the next version of the table do not find it done, nor does another table.
    rows = desk.write()
    later = score(desk.job("of_{carrier}/latest", model_by="carrier"), spark=desk.spark)
    assert len(later.all) == 3
    assert len(desk.predictions()) == 2 * len(rows)
    elsewhere = job.model_copy(update={"output": desk.job("", table=f"{desk.lake}/others").output})
    assert not score(elsewhere, spark=desk.spark).skipped


def test_without_rows_the_output_is_checked_and_made_only_where_its_type_is_known(desk: Desk) -> None:
    desk.write()
    changes = {"model_by": "carrier", "filter": "id < 0"}
    assert not score(desk.job("of_{carrier}/1", **changes), spark=desk.spark).skipped
    assert score(desk.job("of_{carrier}/1", **changes), spark=desk.spark).skipped
    assert desk.version() is None
    for _ in range(2):
        assert not score(desk.job("of_{carrier}/1", **changes, mode="replace"), spark=desk.spark).skipped
    with pytest.raises(SchemaError, match="key column 'idd' is not in the input; did you mean 'id'"):
        score(desk.job("of_{carrier}/1", **changes, keys=("idd",)), spark=desk.spark)
    with pytest.raises(ConfigError, match="a DataFrame has no version"):
        score(desk.job("of_{carrier}/1", **changes, table=None), desk.frame(), spark=desk.spark)
    assert [run.status for run in desk.runs()] == ["succeeded"] * 3 + ["failed"] * 2
