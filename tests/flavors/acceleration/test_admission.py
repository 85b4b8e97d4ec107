from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.flavors.acceleration.models import SETTINGS, booster, pipeline, rows, tree_rows

from spark_models.core.predictor import PredictorSpec
from spark_models.core.signature import Field, Signature
from spark_models.flavors.acceleration import admission
from spark_models.flavors.acceleration.admission import Admission, accelerated, admitted
from spark_models.flavors.acceleration.folded import fold
from spark_models.flavors.acceleration.forest import Forest, Tree, forest_of
from spark_models.flavors.acceleration.inputs import inputs_of, neighbours
from spark_models.flavors.acceleration.pipeline_probes import pipeline_probes
from spark_models.flavors.acceleration.tree_probes import tree_probes
from spark_models.flavors.predictor import predictor_of

PIPELINE_SIGNATURE = Signature((Field("delay", "double"), Field("hour", "bigint"), Field("carrier", "string")))
TREE_SIGNATURE = Signature((Field("delay", "double"), Field("hour", "bigint"), Field("night", "boolean")))


def decided(model: Any, signature: Signature, folder: Path, method: str = "predict") -> Admission:
    predictor = predictor_of(model, PredictorSpec("late version 1", "0", "sklearn", method=method))
    return accelerated(predictor, signature, folder / "form.bin", compiles=True)


def test_a_pipeline_is_folded_and_trees_are_compiled(tmp_path: Path) -> None:
    classifier = pipeline(LogisticRegression(), rows()["delay"] > 0)
    assert decided(pipeline(), PIPELINE_SIGNATURE, tmp_path).form == "folded"
    assert decided(classifier, PIPELINE_SIGNATURE, tmp_path, "predict_proba").form == "folded"
    assert decided(booster(), TREE_SIGNATURE, tmp_path).form == "compiled"


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


def with_intercept(folded: Any, more: float) -> Any:
    return replace(folded, linear=replace(folded.linear, intercept=folded.linear.intercept + more))


def with_coefficient(folded: Any, place: int, value: float) -> Any:
    coefficients = folded.linear.coefficients.copy()
    coefficients[place] = value
    return replace(folded, linear=replace(folded.linear, coefficients=coefficients))


@pytest.mark.parametrize(
    "change",
    [
        *[lambda folded, place=place: with_coefficient(folded, place, 0.25) for place in range(5)],
        lambda folded: with_intercept(folded, 1e-9),
        lambda folded: lambda batch: folded(batch.fillna({"delay": 0.0})),
        lambda folded: lambda batch: folded(batch.assign(carrier=batch["carrier"].replace({"B6": "UA"}))),
        lambda folded: lambda batch: folded(batch.assign(carrier=batch["carrier"].str.rstrip())),
        lambda folded: lambda batch: folded(batch.fillna({"carrier": "UA"})),
        lambda folded: lambda batch: folded(batch).astype(np.float32),
        lambda folded: lambda batch: folded(batch)[:, None],
    ],
)
def test_a_fold_that_was_tampered_with_is_not_admitted(change: Callable[[Any], Any]) -> None:
    assert tampered_fold(lambda folded: folded).form == "folded"
    assert tampered_fold(change).form == ""


KINDS = (("delay", "double"), ("wind", "float"), ("hour", "int"), ("flight", "bigint"), ("origin", "bigint"))


def forest_of_kinds() -> lightgbm.Booster:
    """Trees that split on doubles, floats, both whole numbers, and categories."""
    rng = np.random.default_rng(0)
    numbers = {"delay": rng.normal(size=900), "wind": rng.normal(size=900).astype(np.float32)}
    whole = {
        "hour": rng.integers(0, 24, 900),
        "flight": rng.integers(0, 10**6, 900),
        "origin": rng.integers(0, 40, 900),
    }
    frame = pd.DataFrame({**numbers, **whole})
    effects = rng.normal(size=40).take(whole["origin"])
    target = effects + frame["delay"] + frame["wind"] + frame["hour"] / 10 + frame["flight"] / 4e5
    categories = {"cat_smooth": 1.0, "min_data_per_group": 5, "max_cat_threshold": 64, "max_cat_to_onehot": 1}
    data = lightgbm.Dataset(frame, target, categorical_feature=["origin"])
    return lightgbm.train({"objective": "regression", **SETTINGS, **categories}, data, 6)


def lines_of(model: lightgbm.Booster) -> list[str]:
    """Its text, without the line of the trees' lengths, which are others as soon as a number is."""
    return [line for line in model.model_to_string().splitlines() if not line.startswith("tree_sizes=")]


def with_number(lines: list[str], name: str, tree: int, place: int, number: Any) -> lightgbm.Booster:
    """The booster of the text with one number of one tree replaced."""
    lines = list(lines)
    line = [at for at, text in enumerate(lines) if text.startswith(f"{name}=")][tree]
    numbers = lines[line].partition("=")[2].split()
    numbers[place] = str(number)
    lines[line] = f"{name}={' '.join(numbers)}"
    return lightgbm.Booster(model_str="\n".join(lines))


def asked_of(forest: Forest) -> pd.DataFrame:
    """Probes without those that are mixed, which find errors by chance."""
    _, *chunks = tree_probes(forest, KINDS)
    return pd.concat(chunks)


def test_a_threshold_that_is_one_representable_number_off_is_told_apart() -> None:
    model = forest_of_kinds()
    forest, lines, seen = _forest(model), lines_of(model), set()
    probes = asked_of(forest)
    expected = model.predict(probes)
    for number, tree in enumerate(forest.trees):
        for node in np.flatnonzero(~tree.is_categorical).tolist():
            name, kind = KINDS[tree.feature[node]]
            _, below, above = neighbours(kind, tree.threshold[[node]])
            for threshold in (below[0], above[0]):
                other = with_number(lines, "threshold", number, node, float(threshold))
                found = admitted("compiled", lambda _: expected, other.predict, [probes])
                assert (found.form, "values differ" in found.reason) == ("", True)
                seen.add(name)
    assert seen == {"delay", "wind", "hour", "flight"}


def test_a_category_that_is_sent_to_the_other_side_is_told_apart() -> None:
    model = forest_of_kinds()
    forest, lines, seen = _forest(model), lines_of(model), 0
    probes = asked_of(forest)
    expected = model.predict(probes)
    roots = [tree for tree in forest.trees if tree.is_categorical.any()]
    for number, tree in enumerate(roots):
        if not tree.is_categorical[0]:
            continue
        words = np.packbits(tree.categories[0], bitorder="little").view("<u4")
        for category in range(0, 32 * len(words), 7):
            word = int(words[category // 32]) ^ (1 << category % 32)
            other = with_number(lines, "cat_threshold", number, category // 32, word)
            assert admitted("compiled", lambda _: expected, other.predict, [probes]).form == ""
            seen += 1
    assert seen > 30


def nodes_on_the_way(tree: Tree, row: np.ndarray) -> list[int]:
    nodes, node = [], 0
    while node >= 0:
        nodes.append(node)
        value, threshold = row[tree.feature[node]], tree.threshold[node]
        if tree.is_categorical[node]:
            known = tree.categories[int(threshold)]
            is_left = 0 <= value < len(known) and known[int(value)]
        else:
            # Where no value was missing in training, a missing one is zero.
            is_left = np.nan_to_num(value) <= threshold
        node = int((tree.left if is_left else tree.right)[node])
    return nodes


def test_each_split_is_reached_by_all_that_it_must_tell_apart() -> None:
    forest = _forest(forest_of_kinds())
    rows = asked_of(forest).to_numpy(dtype=np.float64, na_value=np.nan)
    for tree in forest.trees:
        reached: dict[int, set[float]] = {node: set() for node in range(len(tree.feature))}
        for row in rows:
            for node in nodes_on_the_way(tree, row):
                reached[node].add(float(np.nan_to_num(row[tree.feature[node]], nan=np.pi)))
        assert np.pi in reached[0]
        for node, threshold in enumerate(tree.threshold):
            if tree.is_categorical[node]:
                asked = set(range(-1, len(tree.categories[int(threshold)]) + 1)) if not node else set()
            else:
                at, below, above = neighbours(KINDS[tree.feature[node]][1], [threshold])
                # The whole number before may belong to another side already.
                asked = {at[0], above[0], *(below if tree.feature[node] < 2 else ())}
            assert asked <= reached[node]


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


def test_the_probes_of_a_large_forest_come_in_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    forest = _forest(forest_of_kinds())
    whole = sum(map(len, tree_probes(forest, KINDS)))
    monkeypatch.setattr("spark_models.flavors.acceleration.tree_probes.CHUNK", 20)
    _, *chunks = map(len, tree_probes(forest, KINDS))
    assert (sum(chunks), max(chunks) < 40) == (whole - 2_000, True)


def test_classes_are_admitted_by_the_scores_that_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = rows()["delay"] > 0
    model, other = (lightgbm.LGBMClassifier(n_estimators=5, **SETTINGS).fit(tree_rows(), late) for _ in range(2))
    assert decided(model, TREE_SIGNATURE, tmp_path).form == "compiled"
    other.booster_.set_leaf_output(0, 0, other.booster_.get_leaf_output(0, 0) + 1e-9)
    assert np.array_equal(other.predict(tree_rows()), model.predict(tree_rows()))
    monkeypatch.setattr(admission, "load_compiled", lambda _, method, __: getattr(other, method))
    assert decided(model, TREE_SIGNATURE, tmp_path).form == ""

    monkeypatch.setattr(admission, "fold", lambda model, method: with_intercept(fold(model, method), 1e-9))
    assert decided(pipeline(LogisticRegression(), late), PIPELINE_SIGNATURE, tmp_path).form == ""


def test_all_of_a_columns_categories_are_probed_and_what_is_next_to_them() -> None:
    frame = pd.DataFrame({"tail": [f"N{number}" for number in range(3000)], "day": np.arange(3000) % 2500 * 2})
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(encoder, Ridge()).fit(frame.astype({"tail": object}), frame["day"])
    probes = pd.concat(pipeline_probes(model, (("tail", "string"), ("day", "bigint"))))
    assert set(probes["tail"]) >= {*frame["tail"], "N1 ", "n1", "N"}
    assert set(probes["day"].dropna()) >= {*range(-1, 5000)}


def test_reasons_hold_no_values_of_rows() -> None:
    def refuse(batch: Any) -> Any:
        raise ArithmeticError(batch["delay"].tolist())

    probes = [rows()]
    found = admitted("folded", pipeline().predict, refuse, probes)
    assert found.reason == "its folded form is not taken: on a probe it raises ArithmeticError, the library nothing"
    assert admitted("folded", refuse, refuse, probes).reason.startswith("the library refuses all rows")
