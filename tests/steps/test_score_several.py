"""Several models over the same rows: one read, one commit, and for each of them what it would give alone."""

import pytest
from tests.models import flights
from tests.steps.scoring import Desk, numbered

from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, RegistryError, SchemaError
from spark_models.steps.score import score


def test_each_model_gives_what_it_gives_alone_in_one_commit(desk: Desk) -> None:
    desk.write(numbered(flights(12)))
    done = score(desk.job("delay/1", "delay/2", "booster/1"), spark=desk.spark)
    together, version = desk.predictions(), desk.version()

    versions = [ModelVersion("delay", 1), ModelVersion("delay", 2), ModelVersion("booster", 1)]
    assert [one.model_version for one in done.all] == versions
    assert version == 1
    runs = {run.batch_id: run for run in desk.runs()}
    for one in done.all:
        assert one.run == runs[one.batch_id]
        assert (runs[one.batch_id].rows_in, runs[one.batch_id].rows_scored) == (12, 12)
        mine = together[together["batch_id"] == one.batch_id]
        assert mine["id"].tolist() == list(range(12))
        assert one.model_version is not None
        assert set(mine["model_name"]) == {one.model_version.name}

    # The same batch ids as alone: what is there is left alone, and only what is missing is scored.
    assert score(desk.job("delay/2"), spark=desk.spark).skipped
    desk.write(numbered(flights(13)).tail(1))
    alone = score(desk.job("delay/1"), spark=desk.spark)
    rest = score(desk.job("delay/1", "delay/2"), spark=desk.spark)
    assert [one.skipped for one in rest.all] == [True, False]
    assert rest.batch_id == alone.batch_id
    after = desk.predictions()
    for model, batch in (("delay", alone.batch_id), ("delay", rest.all[1].batch_id)):
        mine = after[(after["model_name"] == model) & (after["batch_id"] == batch)]
        before = together[
            (together["model_name"] == model) & (together["model_version"] == mine["model_version"].iloc[0])
        ]
        assert mine["prediction"].tolist()[:12] == before["prediction"].tolist()


def test_what_does_not_go_together_is_refused(desk: Desk) -> None:
    desk.write()
    with pytest.raises(ConfigError, match="two of the URIs name the same version"):
        score(desk.job("delay/1", "delay/1"), spark=desk.spark)
    with pytest.raises(SchemaError) as caught:
        score(desk.job("delay/1", "late/1", columns={"distance": "none"}), spark=desk.spark)
    with pytest.raises(RegistryError) as unknown:
        score(desk.job("delai/1", "delay/9", "delay@chapion", "late/1"), spark=desk.spark)
    assert [problem.partition(": ")[0] for problem in unknown.value.problems] == [
        "models:/delai/1",
        "models:/delay/9",
        "models:/delay@chapion",
    ]
    told = str(caught.value)
    assert "delay version 1 gives double, late version 1 gives bigint: give result_type, or score them one by" in told
    assert told.count("column 'none' (double) is not in the input") == 1
    assert desk.version() is None
    assert [run.status for run in desk.runs()] == ["failed"] * 8
