"""Streams: each micro-batch is a batch, committed once."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.models import flights
from tests.steps.scoring import Desk, mlflows, numbered

from spark_models import ConfigError, ModelVersion, SchemaError, ScoreConfig, score, score_stream


def streaming(desk: Desk) -> Any:
    return desk.spark.readStream.format("delta").option("maxFilesPerTrigger", 1).load(desk.input)


def job(desk: Desk, model: str = "delay@streamed", **changes: Any) -> ScoreConfig:
    return desk.job(model, **{"table": None, "passthrough": ("distance",), **changes})


def checkpoint(desk: Desk) -> str:
    return f"{desk.lake}/checkpoint"


def run(desk: Desk, config: ScoreConfig | None = None) -> None:
    query = score_stream(
        config or job(desk), streaming(desk), checkpoint=checkpoint(desk), trigger={"availableNow": True}
    )
    query.awaitTermination()


def forget_commits(desk: Desk) -> None:
    """Leave the checkpoint as it is when the driver is killed after the last commit, before Spark knows of it."""
    commits = Path(checkpoint(desk), "commits")
    last = max(int(file.name) for file in commits.iterdir() if file.name.isdigit())
    for file in (commits / str(last), commits / f".{last}.crc"):
        file.unlink()


def of(found: pd.DataFrame, version: int) -> pd.DataFrame:
    return found[found["model_version"] == version].sort_values("id")


def test_a_restart_doubles_nothing_and_loses_nothing_and_takes_the_alias_anew(desk: Desk) -> None:
    client = desk.store.client
    client.set_registered_model_alias("delay", "streamed", "1")
    rows = numbered(flights(30))
    for part in (rows[:10], rows[10:20]):
        desk.write(part)

    run(desk)
    first = desk.predictions()
    run(desk)
    pd.testing.assert_frame_equal(desk.predictions(), first)

    forget_commits(desk)
    client.set_registered_model_alias("delay", "streamed", "2")
    desk.write(rows[20:])
    run(desk)

    found = desk.predictions()
    assert sorted(found["id"]) == list(range(30))
    for version, scored in ((1, rows[:20]), (2, rows[20:])):
        expected = mlflows(desk.store, ModelVersion("delay", version), scored.drop(columns="id")).tolist()
        assert of(found, version)["prediction"].tolist() == expected
    streams = {tuple(batch.split(":")[:2]) for batch in found["batch_id"]}
    assert len(streams) == 1
    assert sorted(batch.split(":")[2] for batch in found["batch_id"].unique()) == ["0", "1", "2"]
    assert [run.rows_scored for run in desk.runs()] == [10, 10, 10]


def test_a_checkpoint_made_anew_is_another_stream_whose_rows_are_not_left_out(desk: Desk) -> None:
    desk.write(numbered(flights(4)))
    run(desk, job(desk, "delay/1"))
    shutil.rmtree(checkpoint(desk))
    run(desk, job(desk, "delay/1"))
    found = desk.predictions()
    assert found.groupby("batch_id")["id"].apply(sorted).tolist() == [[0, 1, 2, 3]] * 2


def test_what_does_not_fit_a_stream_is_refused_before_it_starts(desk: Desk) -> None:
    desk.write(numbered(flights(4)))
    wrong = job(desk, "of_{carrier}/1", model_by="carrier", table=desk.input, mode="merge", batch_id="monday")
    with pytest.raises(ConfigError) as caught:
        score_stream(wrong, desk.frame(), checkpoint=checkpoint(desk))
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "the DataFrame is not a stream",
        "input",
        "model_by",
        "output.mode",
        "batch_id",
    ]
    with pytest.raises(SchemaError, match="'distance'"):
        score_stream(job(desk, "delay/1"), streaming(desk).drop("distance"), checkpoint=checkpoint(desk))
    assert not Path(checkpoint(desk)).exists()
    with pytest.raises(ConfigError, match="give it to score_stream"):
        score(job(desk, "delay/1", batch_id="monday"), streaming(desk), spark=desk.spark)
