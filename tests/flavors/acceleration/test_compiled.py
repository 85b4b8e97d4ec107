import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from spark_models.flavors.acceleration.compiled import booster_of, compile_booster, load_compiled
from spark_models.flavors.acceleration.compiled_booster import likeliest
from spark_models.flavors.acceleration.forest import ZERO, forest_of

SETTINGS: dict[str, Any] = {"num_leaves": 15, "verbosity": -1, "num_threads": 1, "seed": 0, "deterministic": True}
AWKWARD = [
    *(0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1), -np.nextafter(ZERO, 1), 1e-40, 5e-324, -5e-324),
    *(np.nan, np.inf, -np.inf, 1e300, -5.0, -0.5, 39.7, 2.0**31, 2.0**32 + 1, 2.0**53),
]


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(2000, 4)), columns=["a", "b", "c", "d"])
    frame["d"] = rng.integers(0, 40, 2000).astype(float)
    frame.loc[::3, "a"] = 0.0
    frame.loc[::7, "b"] = np.nan
    return frame


def target() -> pd.Series:
    frame = rows()
    return frame["a"] + frame["b"].fillna(3.0) ** 2 + (frame["d"] % 3 == 2)


def awkward() -> pd.DataFrame:
    frame, rng = rows(), np.random.default_rng(1)
    frame.iloc[:1500] = rng.choice(AWKWARD, size=(1500, 4))
    return frame


def booster(objective: str = "regression", rounds: int = 20, labels: Any = None, **more: Any) -> lightgbm.Booster:
    categories = more.pop("categorical_feature", "auto")
    data = lightgbm.Dataset(rows(), target() if labels is None else labels, categorical_feature=categories)
    return lightgbm.train({"objective": objective, **SETTINGS, **more}, data, rounds)


def compiled(model: Any, method: str, folder: Path) -> Callable[[Any], Any]:
    file = folder / "forest.bin"
    assert compile_booster(booster_of(model, method), file) is None
    found = load_compiled(model, method, file)
    assert found is not None
    return found


def shares() -> np.ndarray:
    return np.asarray(np.clip(np.abs(target()) / 20, 0.01, 1.0))


BOOSTERS: dict[str, Callable[[], lightgbm.Booster]] = {
    **{name: lambda name=name: booster(name, labels=shares()) for name in ("huber", "poisson", "cross_entropy")},  # type: ignore[misc]  # mypy knows no defaults of a lambda
    "regression": booster,
    "binary": lambda: booster("binary", labels=target() > 2),
    "square roots": lambda: booster(reg_sqrt=True),
    "zero is missing": lambda: booster(zero_as_missing=True),
    "nothing is missing": lambda: booster(use_missing=False),
    "random forest": lambda: booster(boosting="rf", bagging_freq=1, bagging_fraction=0.5),
    "categories": lambda: booster(categorical_feature=[3]),
    "only leaves": lambda: booster("binary", labels=target() > 2, min_data_in_leaf=5000),
    "one tree": lambda: booster(rounds=1),
}


@pytest.mark.parametrize("kind", BOOSTERS)
def test_a_compiled_booster_gives_the_librarys_own_bits(kind: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # LightGBM's notes on training
        model = BOOSTERS[kind]()
    found, expected = compiled(model, "predict", tmp_path)(awkward()), model.predict(awkward())
    assert found.tobytes() == np.asarray(expected).tobytes()


def test_probabilities_of_several_classes_differ_by_rounding_only(tmp_path: Path) -> None:
    model = booster("multiclass", labels=rows()["d"] % 3, num_class=3)
    found, expected = compiled(model, "predict", tmp_path)(awkward()), model.predict(awkward())
    np.testing.assert_allclose(found, np.asarray(expected), rtol=2e-15, atol=0.0)


def test_trees_after_the_best_iteration_are_left_out(tmp_path: Path) -> None:
    model = booster()
    model.best_iteration = 7
    assert compiled(model, "predict", tmp_path)(rows()).tolist() == np.asarray(model.predict(rows())).tolist()
    assert forest_of(model.model_to_string()).leaves < forest_of(model.model_to_string(num_iteration=-1)).leaves


@pytest.mark.parametrize("labels", [np.array([3, 5]), np.array(["no", "so", "yes"], dtype=object)])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_a_classifier_keeps_its_classes_types_and_shapes(labels: np.ndarray, method: str, tmp_path: Path) -> None:
    classes = labels.take(pd.qcut(target(), len(labels), labels=False).to_numpy())
    model = lightgbm.LGBMClassifier(n_estimators=10, **SETTINGS).fit(rows(), classes)
    found, expected = compiled(model, method, tmp_path)(awkward()), np.asarray(getattr(model, method)(awkward()))
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.allclose(found, expected, rtol=2e-15, atol=0.0) if method != "predict" else (found == expected).all()


def test_a_regressor_is_its_booster(tmp_path: Path) -> None:
    model = lightgbm.LGBMRegressor(n_estimators=10, **SETTINGS).fit(rows(), target())
    assert compiled(model, "predict", tmp_path)(rows()).tolist() == np.asarray(model.predict(rows())).tolist()


def test_only_classes_that_are_as_good_as_equal_are_the_librarys() -> None:
    class Asked:
        classes_ = np.array([5, 7, 9])

        def predict(self, batch: pd.DataFrame) -> Any:
            assert batch["a"].tolist() == [1.0]
            return np.array([7])

    probabilities = np.array([[0.2, 0.5, 0.3], [0.4 + 1e-15, 0.4, 0.2], [0.1, 0.1, 0.8]])
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
    assert likeliest(probabilities, Asked(), frame).tolist() == [7, 7, 9]


@pytest.mark.parametrize(
    ("dtype", "missing"), [("Int64", pd.NA), ("int32", None), ("float32", np.nan), ("bool", None), ("boolean", pd.NA)]
)
def test_columns_of_every_type_of_numbers(dtype: str, missing: Any, tmp_path: Path) -> None:
    model, frame = booster(), rows()
    frame["d"] = frame["d"].gt(20).astype(dtype) if dtype.startswith("bool") else frame["d"].astype(dtype)  # type: ignore[call-overload]  # the stubs want one literal each
    if missing is not None:
        frame.loc[::2, "d"] = missing
    assert compiled(model, "predict", tmp_path)(frame).tolist() == np.asarray(model.predict(frame)).tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(d="late"),
        lambda frame: frame.assign(d=frame["d"].astype("category")),
        lambda frame: frame[["a", "b"]],
        lambda frame: frame.iloc[:0],
    ],
)
def test_what_the_library_refuses_is_refused_in_its_words(change: Callable[[Any], Any], tmp_path: Path) -> None:
    model = booster(rounds=1)
    found = compiled(model, "predict", tmp_path)
    with pytest.raises((ValueError, lightgbm.basic.LightGBMError)) as expected:
        model.predict(change(rows()))
    with pytest.raises(type(expected.value)) as refused:
        found(change(rows()))
    assert str(refused.value) == str(expected.value)


REFUSED: dict[str, tuple[str, Callable[[], lightgbm.Booster]]] = {
    "linear trees": ("linear models", lambda: booster(linear_tree=True)),
    "an objective that rounds": ("objective", lambda: booster("cross_entropy_lambda", labels=shares())),
    "one against all": ("objective", lambda: booster("multiclassova", labels=rows()["d"] % 3, num_class=3)),
    "a random forest of classes": (
        "several outputs",
        lambda: booster(
            "multiclass", labels=rows()["d"] % 3, num_class=3, boosting="rf", bagging_freq=1, bagging_fraction=0.5
        ),
    ),
    "an objective of the user's": (
        "objective is of its own",
        lambda: lightgbm.train(
            {**SETTINGS, "objective": lambda found, data: (found - data.get_label(), np.ones(len(found)))},
            lightgbm.Dataset(rows(), target()),
            3,
        ),
    ),
    "pandas' categories": (
        "pandas' categories",
        lambda: lightgbm.train(
            SETTINGS, lightgbm.Dataset(rows().assign(d=pd.Series(["x", "y"] * 1000, dtype="category")), target()), 3
        ),
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_be_wrong_is_not_compiled(kind: str, tmp_path: Path) -> None:
    reason, make = REFUSED[kind]
    assert reason in str(compile_booster(make(), tmp_path / "forest.bin"))
    assert not (tmp_path / "forest.bin").exists()


@pytest.mark.parametrize(
    ("bound", "reason"),
    [("MOST_LEAVES", "it has more than 10 leaves"), ("MOST_ANSWERS", "it has too many splits to check each of them")],
)
def test_a_large_forest_is_not_compiled(
    bound: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"spark_models.flavors.acceleration.compiled.{bound}", 10)
    assert compile_booster(booster(), tmp_path / "forest.bin") == reason


def test_a_forests_questions_are_four_for_a_threshold_and_each_category_with_three_more() -> None:
    forest = forest_of(booster(categorical_feature=[3]).model_to_string())
    categories = [len(known) for tree in forest.trees for known in tree.categories]
    splits = sum(len(tree.feature) for tree in forest.trees)
    assert 0 < len(categories) < splits
    assert forest.questions == 4 * (splits - len(categories)) + sum(categories) + 3 * len(categories)


class OwnBooster(lightgbm.LGBMRegressor):
    pass


def test_only_lightgbms_own_models_and_methods_are_known() -> None:
    assert booster_of(OwnBooster(n_estimators=1, **SETTINGS).fit(rows(), target()), "predict") is None
    assert booster_of(lightgbm.LGBMRegressor(n_estimators=1, **SETTINGS).fit(rows(), target()), "score") is None


def test_code_of_another_model_or_for_another_processor_is_not_loaded(tmp_path: Path) -> None:
    model, file = booster(rounds=1), tmp_path / "forest.bin"
    assert compile_booster(model, file) is None
    assert load_compiled(booster(rounds=2), "predict", file) is None
    made_for, _, code = file.read_bytes().partition(b"\n")
    file.write_bytes(json.dumps({**json.loads(made_for), "target": "vax-dec-vms"}).encode() + b"\n" + code)
    assert load_compiled(model, "predict", file) is None
    assert load_compiled(model, "predict", tmp_path / "nothing") is None


def test_what_asks_for_more_than_predictions_is_the_boosters_own(tmp_path: Path) -> None:
    model: Any = lightgbm.LGBMRegressor(n_estimators=3, pred_early_stop=True, **SETTINGS).fit(rows(), target())
    found: Any = compiled(model, "predict", tmp_path)
    assert found(rows(), raw_score=True).tolist() == model.predict(rows(), raw_score=True).tolist()
    assert found(rows(), pred_leaf=True).tolist() == model.predict(rows(), pred_leaf=True).tolist()
