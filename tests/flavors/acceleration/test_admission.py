import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.core.signature import Field, Signature
from spark_models.flavors.acceleration.admission import Admission, accelerated, admitted
from spark_models.flavors.acceleration.compiled import compile_booster
from spark_models.flavors.acceleration.folded import fold
from spark_models.flavors.acceleration.forest import Tree, forest_of
from spark_models.flavors.acceleration.inputs import inputs_of
from spark_models.flavors.acceleration.loading import COMPILED_FILE
from spark_models.flavors.acceleration.pipeline_probes import pipeline_probes
from spark_models.flavors.acceleration.tree_probes import splits, tree_probes
from spark_models.flavors.predictor import predictor_of
from spark_models.registry.fluent import quiet

SETTINGS: dict[str, Any] = {"num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 0, "min_data_in_leaf": 2}
PIPELINE_SIGNATURE = Signature((Field("delay", "double"), Field("hour", "bigint"), Field("carrier", "string")))
TREE_SIGNATURE = Signature((Field("delay", "double"), Field("hour", "bigint"), Field("night", "boolean")))


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {"delay": rng.normal(size=120), "hour": rng.integers(0, 24, 120), "carrier": ["AA", "B6", "UA"] * 40}
    return pd.DataFrame(columns).astype({"carrier": object})


def tree_rows() -> pd.DataFrame:
    return rows()[["delay", "hour"]].assign(night=rows()["hour"] > 20)


def pipeline(estimator: Any = None, labels: Any = None) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encoded = make_column_transformer((numbers, ["delay", "hour"]), (OneHotEncoder(), ["carrier"]))
    target = rows()["delay"] + rows()["hour"] if labels is None else labels
    return make_pipeline(encoded, estimator or Ridge()).fit(rows(), target)


def booster(**more: Any) -> lightgbm.Booster:
    data = lightgbm.Dataset(tree_rows(), rows()["delay"] ** 2 + rows()["hour"])
    return lightgbm.train({"objective": "regression", **SETTINGS, **more}, data, 5)


def decided(model: Any, signature: Signature, folder: Path, method: str = "predict") -> Admission:
    predictor = predictor_of(model, PredictorSpec("late version 1", "0", "sklearn", method=method))
    return accelerated(predictor, signature, folder / "forest.bin")


def test_a_pipeline_is_folded_and_trees_are_compiled(tmp_path: Path) -> None:
    classifier = pipeline(LogisticRegression(), rows()["delay"] > 0)
    assert decided(pipeline(), PIPELINE_SIGNATURE, tmp_path).form == "folded"
    assert decided(classifier, PIPELINE_SIGNATURE, tmp_path, "predict_proba").form == "folded"
    assert not (tmp_path / "forest.bin").exists()
    assert decided(booster(), TREE_SIGNATURE, tmp_path).form == "compiled"
    assert (tmp_path / "forest.bin").is_file()


@pytest.mark.parametrize(
    ("make", "signature", "reason"),
    [
        (lambda: RandomForestRegressor(2).fit(tree_rows(), rows()["delay"]), TREE_SIGNATURE, "nothing faster is known"),
        (lambda: booster(linear_tree=True), TREE_SIGNATURE, "its leaves are linear models"),
        (booster, PIPELINE_SIGNATURE, "the library refuses all rows"),
        (pipeline, Signature((Field("carrier", "binary"),)), "its inputs are not columns of numbers and texts"),
        (booster, Signature((Field("hour", "bigint"),)), "another number of columns"),
    ],
)
def test_what_is_not_admitted_says_why(
    make: Callable[[], Any], signature: Signature, reason: str, tmp_path: Path
) -> None:
    found = decided(make(), signature, tmp_path)
    assert (found.form, reason in found.reason) == ("", True)


def tampered_fold(change: Callable[[Any], Any]) -> Admission:
    model = pipeline()
    folded: Any = fold(model, "predict")
    inputs = inputs_of(PIPELINE_SIGNATURE)
    assert inputs is not None
    return admitted("folded", model.predict, change(folded), pipeline_probes(model, inputs))


def with_coefficient(folded: Any, place: int, value: float) -> Any:
    coefficients = folded.linear.coefficients.copy()
    coefficients[place] = value
    return replace(folded, linear=replace(folded.linear, coefficients=coefficients))


@pytest.mark.parametrize(
    "change",
    [
        *[lambda folded, place=place: with_coefficient(folded, place, 0.25) for place in range(5)],
        lambda folded: replace(folded, linear=replace(folded.linear, intercept=folded.linear.intercept + 1e-9)),
        lambda folded: lambda batch: folded(batch.fillna({"delay": 0.0})),
        lambda folded: lambda batch: folded(batch.assign(carrier=batch["carrier"].replace({"B6": "UA"}))),
        lambda folded: lambda batch: folded(batch.fillna({"carrier": "UA"})),
        lambda folded: lambda batch: folded(batch).astype(np.float32),
        lambda folded: lambda batch: folded(batch)[:, None],
    ],
)
def test_a_fold_that_was_tampered_with_is_not_admitted(change: Callable[[Any], Any]) -> None:
    assert tampered_fold(lambda folded: folded).form == "folded"
    assert tampered_fold(change).form == ""


def test_a_threshold_that_is_one_representable_number_off_is_told_apart() -> None:
    model = booster(num_leaves=4)
    inputs = inputs_of(TREE_SIGNATURE)
    assert inputs is not None
    text = model.model_to_string()
    forest = forest_of(text)
    for tree in forest.trees:
        for threshold in tree.threshold[tree.feature == 0]:
            nudged = text.replace(f"{threshold:.17g}", f"{np.nextafter(threshold, np.inf):.17g}")
            assert nudged != text
            other = lightgbm.Booster(model_str=nudged)
            found = admitted("compiled", model.predict, other.predict, tree_probes(forest, inputs))
            assert (found.form, "values differ" in found.reason) == ("", True)


def nodes_on_the_way(tree: Tree, row: np.ndarray) -> list[int]:
    nodes, node = [], 0
    while node >= 0:
        nodes.append(node)
        node = int((tree.left if row[tree.feature[node]] <= tree.threshold[node] else tree.right)[node])
    return nodes


def test_each_split_is_reached_with_its_threshold_and_the_numbers_next_to_it() -> None:
    forest = _forest(booster())
    inputs = tuple((str(name), "double") for name in tree_rows())
    _, *chunks = tree_probes(forest, inputs)
    rows_left = iter(np.concatenate(chunks))
    for tree in forest.trees:
        probed = {node: [next(rows_left) for _ in range(4)] for _, node, _ in splits(tree)}
        assert sorted(probed) == list(range(len(tree.feature)))
        for node, (at, below, above, missing) in probed.items():
            feature, threshold = tree.feature[node], tree.threshold[node]
            assert at[feature] == threshold
            assert below[feature] == np.nextafter(threshold, -np.inf)
            assert above[feature] == np.nextafter(threshold, np.inf)
            assert np.isnan(missing[feature])
            assert all(node in nodes_on_the_way(tree, row) for row in (at, below, above))


def test_a_leaf_that_was_tampered_with_is_told_apart() -> None:
    model, other = booster(), booster()
    other.set_leaf_output(2, 3, 0.5)
    inputs = inputs_of(TREE_SIGNATURE)
    assert inputs is not None
    assert admitted("compiled", model.predict, other.predict, tree_probes(_forest(model), inputs)).form == ""
    assert admitted("compiled", model.predict, model.predict, tree_probes(_forest(model), inputs)).form == "compiled"


def _forest(model: lightgbm.Booster) -> Any:
    return forest_of(model.model_to_string())


def test_probes_are_typed_as_batches_are_and_the_same_each_time() -> None:
    inputs = inputs_of(TREE_SIGNATURE)
    assert inputs is not None
    first, second = (list(tree_probes(_forest(booster()), inputs)) for _ in range(2))
    pd.testing.assert_frame_equal(pd.concat(first), pd.concat(second))
    assert first[0].dtypes.astype(str).tolist() == ["float64", "Int64", "boolean"]
    model = pipeline()
    inputs = inputs_of(PIPELINE_SIGNATURE)
    assert inputs is not None
    tame = next(iter(pipeline_probes(model, inputs)))
    assert tame.dtypes.astype(str).tolist() == ["float64", "int64", "object"]
    assert set(tame["carrier"]) == {"AA", "B6", "UA"}


def test_the_probes_of_a_large_forest_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_models.flavors.acceleration.tree_probes.MOST_SPLITS", 10)
    inputs = inputs_of(TREE_SIGNATURE)
    assert inputs is not None
    forest = _forest(booster())
    assert sum(len(tree.feature) for tree in forest.trees) > 20
    assert sum(map(len, tree_probes(forest, inputs))) <= 2_000 + 4 * 10


def test_reasons_hold_no_values_of_rows() -> None:
    def refuse(batch: Any) -> Any:
        raise ArithmeticError(batch["delay"].tolist())

    probes = [rows()]
    found = admitted("folded", pipeline().predict, refuse, probes)
    assert found.reason == "its folded form is not taken: on a probe it raises ArithmeticError, the library nothing"
    assert admitted("folded", refuse, refuse, probes).reason.startswith("the library refuses all rows")


def spec_of(folder: Path, flavor: str, **more: Any) -> PredictorSpec:
    settings = mlflow.models.Model.load(folder).flavors[flavor]
    return PredictorSpec("late version 1", "0", flavor, settings=json.dumps(settings, default=str), **more)


def test_a_worker_loads_the_form_that_its_spec_names(tmp_path: Path) -> None:
    folder = tmp_path / "sklearn"
    with quiet():
        mlflow.sklearn.save_model(
            pipeline(), str(folder), pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    own = flavors.load(folder, spec_of(folder, "sklearn"))
    folded = flavors.load(folder, spec_of(folder, "sklearn", acceleration="folded"))
    assert (own.form, folded.form) == ("", "folded")
    assert folded.predict(rows()).tobytes() == own.predict(rows()).tobytes()


def test_a_worker_without_the_compiled_file_or_lleaves_takes_the_librarys_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, model = tmp_path / "lightgbm", booster()
    with quiet():
        mlflow.lightgbm.save_model(model, str(folder), pip_requirements=["lightgbm"])
    spec = spec_of(folder, "lightgbm", acceleration="compiled")
    assert flavors.load(folder, spec).form == ""
    assert compile_booster(model, folder / COMPILED_FILE) is None
    assert flavors.load(folder, spec).form == "compiled"
    monkeypatch.setitem(__import__("sys").modules, "lleaves", None)
    without = flavors.load(folder, spec)
    assert without.form == ""
    assert without.predict(tree_rows()).tobytes() == np.asarray(model.predict(tree_rows())).tobytes()
