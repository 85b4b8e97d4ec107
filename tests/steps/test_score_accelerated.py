"""Workers predict by a faster form where the driver admitted it, and the rows have the bits that they have without."""

from collections.abc import Iterator

import pytest
from tests.models import flights
from tests.steps.scoring import Desk, mlflows, numbered, with_missing

from spark_models import ModelVersion, spark_udf
from spark_models.core.predictor import PredictorSpec
from spark_models.registry.files import ModelFiles
from spark_models.steps import acceleration, prepare
from spark_models.steps.score import score


@pytest.fixture(autouse=True)
def few_rows_are_enough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(acceleration, "ROWS_WORTH_FOLDING", 10)
    monkeypatch.setattr(acceleration, "ROWS_WORTH_COMPILING", 50)
    acceleration._admission.cache_clear()
    yield
    acceleration._admission.cache_clear()


def test_faster_forms_give_the_same_bits_and_the_run_says_which_it_was(desk: Desk) -> None:
    desk.write(with_missing(numbered(flights(60))))
    models = ("imputing/1", "booster/1", "doubling/1")
    fast = score(desk.job(*models, batch_id="fast", result_type="double"), spark=desk.spark)
    score(desk.job(*models, batch_id="slow", result_type="double", acceleration="off"), spark=desk.spark)

    runs = {(run.batch_id, run.model_name): run for run in desk.runs()}
    forms = {name: runs["fast", name].acceleration for name in ("imputing", "booster", "doubling")}
    assert forms == {"imputing": "folded", "booster": "compiled", "doubling": None}
    assert all(runs["slow", name].acceleration is None for name in forms)
    for name, form in forms.items():
        told = str(runs["fast", name].predictor_reason)
        assert told.startswith("it agrees with the library on ") == (form is not None)
    assert [one.skipped for one in fast.all] == [False] * 3

    found = desk.predictions().sort_values(["model_name", "id"])
    halves = [found[found["batch_id"] == batch]["prediction"].to_numpy() for batch in ("fast", "slow")]
    assert len(halves[0]) == 180
    assert halves[0].tobytes() == halves[1].tobytes()


def test_too_few_rows_are_scored_by_the_librarys_own(desk: Desk) -> None:
    desk.write(numbered(flights(9)))
    run = score(desk.job("imputing/1"), spark=desk.spark).run
    assert run is not None
    assert run.acceleration is None
    assert run.predictor_reason == "for so few rows the check of a faster form would take longer than it saves"


@pytest.mark.parametrize("name", ["imputing", "booster"])
def test_a_udf_takes_a_faster_form_if_it_is_asked_to(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = desk.write(with_missing(numbered(flights(60)))).drop(columns="id")
    forms = []
    found = acceleration.accelerate

    def seen(files: ModelFiles, spec: PredictorSpec, count: int) -> acceleration.Accelerated:
        forms.append(found(files, spec, count))
        return forms[-1]

    monkeypatch.setattr(prepare, "accelerate", seen)
    predict = spark_udf(desk.spark, f"models:/{name}/1", registry=desk.store.config, acceleration="auto")
    predicted = desk.frame().select("id", predict().alias("p")).orderBy("id").toPandas()["p"]
    assert [form.spec.acceleration for form in forms] == [{"imputing": "folded", "booster": "compiled"}[name]]
    assert predicted.tolist() == list(mlflows(desk.store, ModelVersion(name, 1), rows))
