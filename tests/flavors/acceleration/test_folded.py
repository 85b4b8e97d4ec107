from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC

from spark_models.flavors.acceleration.folded import fold

NUMBERS, TEXTS = ["dist", "delay", "hour"], ["carrier", "origin"]


def rows(count: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "dist": rng.normal(1e6, 10.0, count),
            "delay": rng.normal(0.0, 3.0, count),
            "hour": rng.integers(0, 24, count),
            "carrier": rng.choice(["AA", "B6", "UA", "é"], count),
            "origin": rng.choice(["EWR", "JFK"], count),
        }
    )
    return frame.astype(dict.fromkeys(TEXTS, object))


def with_missing(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[::5, "delay"] = np.nan
    frame.loc[::7, "carrier"] = None
    frame.loc[::11, "origin"] = np.nan
    return frame


def target(frame: pd.DataFrame) -> pd.Series:
    return frame["delay"].fillna(0.0) + 0.1 * frame["hour"] + (frame["carrier"] == "UA")


def classes(frame: pd.DataFrame, labels: int) -> np.ndarray:
    codes: np.ndarray = pd.qcut(target(frame), labels, labels=False).to_numpy()
    return np.array([f"class {code}" for code in codes], dtype=object)


def assert_the_same(model: Any, method: str, frame: pd.DataFrame) -> None:
    """By the fold alone, without the library's help; the same bits, type and shape."""
    folded: Any = fold(model, method)
    assert folded is not None
    found, expected = replace(folded, library=_refuse)(frame), getattr(model, method)(frame)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes() if found.dtype != object else (found == expected).all()


def _refuse(batch: Any) -> Any:
    raise AssertionError(f"{len(batch)} rows were left to the library")


SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    MinMaxScaler(feature_range=(-2, 5)),
    MaxAbsScaler(),
    RobustScaler(),
    RobustScaler(with_centering=False, unit_variance=True),
    "passthrough",
]
ENCODERS = [
    OneHotEncoder(handle_unknown="ignore"),
    OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False),
    OneHotEncoder(drop="first"),
    OneHotEncoder(drop="if_binary"),
    OrdinalEncoder(encoded_missing_value=-1),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-7, encoded_missing_value=-3),
    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
    make_pipeline(SimpleImputer(strategy="constant", missing_values=None, fill_value="none"), OrdinalEncoder()),
    "drop",
]


# Each example fits a pipeline: the many of a thorough run would take half a minute.
@settings(max_examples=50)
@given(
    imputer=st.sampled_from(["mean", "median", "most_frequent", "constant"]),
    scaler=st.sampled_from(SCALERS),
    encoder=st.sampled_from(ENCODERS),
    sparse=st.sampled_from([0.0, 0.3, 1.0]),
    labels=st.integers(2, 4),
    method=st.sampled_from(["predict", "predict_proba", "predict_log_proba", "decision_function", "regression"]),
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 300),
)
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")  # how well it fits is not what this is about
def test_a_folded_pipeline_gives_the_librarys_own_bits(  # noqa: PLR0913  # a pipeline has as many choices
    *, imputer: str, scaler: Any, encoder: Any, sparse: float, labels: int, method: str, seed: int, count: int
) -> None:
    numbers = make_pipeline(SimpleImputer(strategy=imputer), scaler)
    encoded = make_column_transformer(
        (numbers, ["dist", "delay"]), (encoder, TEXTS), ("passthrough", ["hour"]), sparse_threshold=sparse
    )
    frame, others = rows(seed=seed), rows(count, seed + 1)
    # An encoder before which nothing is filled in must know what is missing, and then None from NaN.
    mixing = isinstance(encoder, (str, OneHotEncoder, OrdinalEncoder))
    frame, others = (with_missing(each) if mixing else each for each in (frame, others))
    others["delay"] = with_missing(others)["delay"]
    regression = method == "regression"
    estimator = Ridge() if regression else LogisticRegression(max_iter=20)
    model = make_pipeline(encoded, estimator).fit(frame, target(frame) if regression else classes(frame, labels))
    assert_the_same(model, "predict" if regression else method, others)


@pytest.mark.parametrize("estimator", [LinearRegression(), Ridge(), Lasso(), ElasticNet(), SGDRegressor(tol=1e-1)])
def test_linear_regressors(estimator: Any) -> None:
    frame = rows()[NUMBERS]
    assert_the_same(make_pipeline(StandardScaler(), estimator).fit(frame, target(rows())), "predict", frame)
    assert_the_same(estimator.fit(frame / 1e6, target(rows())), "predict", frame / 1e6)


@pytest.mark.parametrize("estimator", [LogisticRegression(), SGDClassifier(tol=1e-1), LinearSVC()])
@pytest.mark.parametrize("labels", [2, 3])
def test_linear_classifiers(estimator: Any, labels: int) -> None:
    frame = rows()[NUMBERS]
    model = make_pipeline(StandardScaler(), estimator).fit(frame, classes(rows(), labels))
    assert_the_same(model, "predict", frame)
    assert_the_same(model, "decision_function", frame)


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array([-5, 7], dtype=np.int32), np.array(["no", "yes"])])
def test_classes_keep_their_type(labels: np.ndarray) -> None:
    frame = rows()[NUMBERS]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    assert_the_same(model.fit(frame, labels[(target(rows()) > 1).astype(int)]), "predict", frame)


def test_several_outputs_selectors_and_nested_transformers() -> None:
    frame = rows()
    inner = make_column_transformer((OneHotEncoder(), ["origin"]), remainder="passthrough")
    outer = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (make_column_transformer((inner, ["origin"]), (OneHotEncoder(), ["carrier"])), TEXTS),
    )
    targets = np.column_stack([target(frame), -(target(frame) ** 2)])
    assert_the_same(make_pipeline(outer, LinearRegression()).fit(frame, targets), "predict", frame)


def test_whole_numbers_with_nulls_are_filled_in() -> None:
    frame = rows()[NUMBERS].astype({"hour": "Int64"})
    frame.loc[::3, "hour"] = pd.NA
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), Ridge()).fit(frame, target(rows()))
    assert_the_same(model, "predict", frame)


def test_numbers_can_be_categories() -> None:
    frame = rows()[NUMBERS].assign(dist=np.tile([1.5, -0.0, np.nan, 7.0], 50))
    frame.loc[3, "hour"] = 99
    encoded = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["dist", "hour"]), remainder="drop")
    model = make_pipeline(encoded, Ridge()).fit(frame[frame["hour"] != 5], target(rows())[frame["hour"] != 5])
    assert_the_same(model, "predict", frame)


@pytest.mark.parametrize("categories", [["AA", "UA"], ["AA", None], ["AA", np.nan], ["AA", None, np.nan]])
def test_none_and_nan_are_two_categories_each_known_or_not(categories: list[Any]) -> None:
    encoder = OneHotEncoder(handle_unknown="ignore")
    encoded = make_column_transformer((encoder, ["carrier"]), (StandardScaler(), ["delay"]))
    training = rows(60).assign(carrier=pd.Series(categories * 60, dtype=object)[:60])
    model = make_pipeline(encoded, Ridge()).fit(training, np.arange(60.0))
    others = rows(4).assign(carrier=pd.Series(["AA", None, np.nan, "?"], dtype=object))
    assert_the_same(model, "predict", others)


@pytest.mark.parametrize(("strategy", "missing"), [("most_frequent", np.nan), ("constant", np.nan), ("constant", None)])
def test_texts_are_filled_in_before_they_are_encoded(strategy: str, missing: Any) -> None:
    imputer = SimpleImputer(strategy=strategy, missing_values=missing, fill_value="none")
    encoded = make_column_transformer((make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore")), TEXTS))
    frame = rows()
    frame.loc[::3, "carrier"] = missing
    model = make_pipeline(encoded, Ridge()).fit(frame, target(frame))
    assert_the_same(model, "predict", frame)
    other = frame.assign(origin=pd.Series([np.nan if missing is None else None] * 200, dtype=object))
    folded: Any = fold(model, "predict")
    if missing is None:
        assert replace(folded, library=lambda _: "the library's")(other) == "the library's"
    else:
        assert_the_same(model, "predict", other)


def encoding(encoder: Any) -> Any:
    return make_pipeline(make_column_transformer((encoder, TEXTS)), Ridge())


class Doubling(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    def fit(self, _rows: Any, _target: Any = None) -> "Doubling":
        self.n_features_in_ = 3
        return self

    def transform(self, given_rows: Any) -> Any:
        return given_rows * 2


class OwnRidge(Ridge):  # type: ignore[misc]  # as above
    pass


def of_numbers(*steps: Any) -> Any:
    return make_pipeline(make_column_transformer((make_pipeline(*steps), NUMBERS)), Ridge())


def weighted(transformer: Any) -> Any:
    return make_pipeline(transformer.set_params(transformer_weights={"standardscaler": 2.0}), Ridge())


REFUSED: dict[str, Callable[[], Any]] = {
    "an estimator that is not linear": lambda: make_pipeline(encoding(OneHotEncoder())[0], RandomForestRegressor(2)),
    "a subclass": lambda: make_pipeline(encoding(OneHotEncoder())[0], OwnRidge()),
    "a class of the user's": lambda: of_numbers(Doubling()),
    "an unknown transformer": lambda: of_numbers(Normalizer()),
    "a function": lambda: of_numbers(FunctionTransformer(np.abs)),
    "infrequent categories": lambda: encoding(OneHotEncoder(min_frequency=0.3)),
    "most categories": lambda: encoding(OneHotEncoder(max_categories=2)),
    "infrequent ordinals": lambda: encoding(OrdinalEncoder(max_categories=2)),
    "codes of single precision": lambda: encoding(OneHotEncoder(dtype=np.float32)),
    "whole codes": lambda: encoding(OrdinalEncoder(dtype=np.int64)),
    "an indicator": lambda: of_numbers(SimpleImputer(add_indicator=True)),
    "another mark for missing": lambda: of_numbers(SimpleImputer(missing_values=-1)),
    "a statistic of the user's": lambda: of_numbers(SimpleImputer(strategy=np.nanmax)),
    "clipping": lambda: of_numbers(MinMaxScaler(clip=True)),
    "weights": lambda: weighted(make_column_transformer((StandardScaler(), NUMBERS))),
    "DataFrames in between": lambda: of_numbers(StandardScaler().set_output(transform="pandas")),
    "a scaler of codes": lambda: make_pipeline(
        make_column_transformer((OneHotEncoder(), TEXTS), sparse_threshold=1.0), MaxAbsScaler(), Ridge()
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_known_is_not_folded(reason: str) -> None:
    model = REFUSED[reason]().fit(rows(), target(rows()))
    assert fold(model, "predict") is None


def test_single_precision_and_sparse_coefficients_are_not_folded() -> None:
    single = Ridge().fit(rows()[NUMBERS].astype(np.float32), target(rows()).astype(np.float32))
    sparse = SGDClassifier(tol=1e-1).fit(rows()[NUMBERS], classes(rows(), 2)).sparsify()
    assert fold(single, "predict") is None
    assert fold(sparse, "predict") is None


def test_methods_that_need_more_than_scores_are_not_folded() -> None:
    model = SGDClassifier(loss="log_loss", tol=1e-1).fit(rows()[NUMBERS], classes(rows(), 2))
    assert fold(model, "predict_proba") is None
    assert fold(Ridge().fit(rows()[NUMBERS], target(rows())), "transform") is None


def unusual_batches() -> dict[str, Any]:
    frame = rows()
    return {
        "an unknown category": frame.assign(carrier="?"),
        "infinity": frame.assign(delay=np.inf),
        "NaN that nothing fills in": frame.assign(hour=np.nan),
        "other columns": frame.rename(columns={"hour": "minute"}),
        "columns in another order": frame[frame.columns[::-1]],
        "single precision": frame.astype(dict.fromkeys(["dist", "delay"], np.float32)),
        "booleans": frame.assign(hour=True),
        "texts instead of numbers": frame.assign(delay="late"),
        "numbers instead of texts": frame.assign(carrier=1),
        "lists": frame.assign(carrier=pd.Series([["AA"] for _ in range(len(frame))], dtype=object)),
        "pandas' own NA": frame.assign(carrier=pd.Series([pd.NA] * len(frame), dtype=object)),
        "no rows": frame.iloc[:0],
        "an array": frame.to_numpy(),
    }


@pytest.mark.parametrize("kind", unusual_batches())
def test_an_unusual_batch_is_the_librarys(kind: str) -> None:
    encoded = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["dist", "delay"]),
        (OneHotEncoder(), TEXTS),
        remainder="passthrough",
    )
    model = make_pipeline(encoded, Ridge()).fit(rows(), target(rows()))
    folded: Any = fold(model, "predict")
    assert replace(folded, library=lambda _: "the library's")(unusual_batches()[kind]) == "the library's"


@pytest.mark.parametrize("labels", [2, 3])
def test_a_row_between_two_classes_gets_the_class_that_the_library_gives(labels: int) -> None:
    frame = rows()[NUMBERS]
    model = LogisticRegression(max_iter=5, tol=1.0).fit(frame / 1e6, classes(rows(), labels))
    model.coef_[:], model.intercept_[:] = 1.0 / 3.0, 0.0
    between = pd.DataFrame({"dist": [0.1, 5.0], "delay": [0.2, -2.0], "hour": [-0.3, 1.0]})
    folded: Any = fold(model, "predict")
    asked: list[int] = []

    def library(batch: pd.DataFrame) -> Any:
        asked.append(len(batch))
        return model.predict(batch)

    assert replace(folded, library=library)(between).tolist() == model.predict(between).tolist()
    assert asked == [1 if labels == 2 else 2]
