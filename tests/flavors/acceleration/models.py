"""Models that have a faster form, and the rows that they were fitted to."""

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SETTINGS: dict[str, Any] = {"num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 0, "min_data_in_leaf": 2}


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
