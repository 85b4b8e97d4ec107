from typing import Any

import lightgbm
import numpy as np
import pytest

from spark_models.flavors.acceleration.forest import forest_of
from spark_models.flavors.acceleration.inputs import neighbours
from spark_models.flavors.acceleration.tree_columns import tree_column

# With missing values and zeros, and what is neither.
VALUES = np.concatenate([np.arange(-20.0, 20.0), np.zeros(20), np.full(20, np.nan)])
SETTINGS = {
    "objective": "regression", "num_leaves": 2, "min_data_in_leaf": 1, "min_data_in_bin": 1, "verbosity": -1,
    "num_threads": 1,
}  # fmt: skip
_FLOATS = np.finfo(np.float32)
WAYS: dict[str, dict[str, Any]] = {
    "missing is NaN": {},
    "missing is zero": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "categories": {"categorical_feature": [0], "min_data_per_group": 1, "cat_smooth": 0.0, "max_cat_to_onehot": 1},
}


@pytest.mark.parametrize("kind", ["double", "float", "int"])
@pytest.mark.parametrize("way", WAYS)
def test_values_are_sent_where_lightgbm_sends_them(way: str, kind: str) -> None:
    values, settings = np.abs(VALUES) if way == "categories" else VALUES, dict(WAYS[way])
    labels = np.where(np.isnan(values), 2.0, np.sin(values * 3))
    data = lightgbm.Dataset(values[:, None], labels, categorical_feature=settings.pop("categorical_feature", []))
    model = lightgbm.train({**SETTINGS, **settings}, data, 12)
    for number, tree in enumerate(forest_of(model.model_to_string()).trees):
        column = tree_column(tree, 0, kind)
        asked = np.array(column.listed(column.everything))
        left = [place for place, is_left in enumerate(_leaves(model, asked)[:, number] == ~tree.left[0]) if is_left]
        assert column.sent_left(0) == sum(1 << place for place in left)
        assert 0 < len(left) < len(asked)


def _leaves(model: lightgbm.Booster, values: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(values[:, None], pred_leaf=True)).reshape(len(values), -1)


def test_a_split_is_asked_for_what_is_next_to_its_threshold_in_the_columns_type() -> None:
    data = lightgbm.Dataset(VALUES[:, None], VALUES > 2.0)
    (tree,) = forest_of(lightgbm.train(SETTINGS, data, 1).model_to_string()).trees
    assert tree.threshold.tolist() == [np.nextafter(2.5, 3.0)]
    asked = {kind: tree_column(tree, 0, kind) for kind in ("int", "boolean", "float")}
    around = {kind: column.listed(column.told_apart(0)) for kind, column in asked.items()}
    assert around["int"][:-1] == [1.0, 2.0, 3.0]
    assert around["boolean"][:-1] == [0.0, 1.0]
    assert around["float"][:-1] == [2.5 - 2.0**-22, 2.5, 2.5 + 2.0**-22]
    assert all(np.isnan(values[-1]) for values in around.values())


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("int", 2.5, (2, 1, 3)),
        ("int", -1e300, (-(2.0**31),) * 3),
        ("bigint", 2.0**53, (2.0**53, 2.0**53 - 1, 2.0**53 + 2)),
        ("bigint", 1e300, (2.0**63 - 1024,) * 3),
        ("float", 1e300, (_FLOATS.max, np.nextafter(_FLOATS.max, np.float32(0)), np.inf)),
        ("float", -1e-300, (-_FLOATS.smallest_subnormal, -2 * _FLOATS.smallest_subnormal, 0.0)),
        ("double", 1.0, (1.0, 1.0 - 2.0**-53, 1.0 + 2.0**-52)),
    ],
)
def test_neighbours_are_of_the_type(kind: str, number: float, expected: tuple[float, ...]) -> None:
    assert [values.tolist() for values in neighbours(kind, [number])] == [[float(value)] for value in expected]
