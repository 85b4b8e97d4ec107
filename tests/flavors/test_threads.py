import json
from typing import Any

import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor, VotingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.models import arrival_delay, flights

from spark_models.flavors.threads import use_threads

FLIGHTS = flights()
NUMBERS = FLIGHTS[["distance", "dep_delay"]]
DELAYS = arrival_delay(FLIGHTS)


def forest() -> RandomForestRegressor:
    return RandomForestRegressor(n_estimators=3, n_jobs=-1, random_state=0)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (forest(), lambda model: model),
        (make_pipeline(forest()), lambda model: model[-1]),
        (GridSearchCV(forest(), {"max_depth": [2]}, cv=2), lambda model: model.best_estimator_),
        (VotingRegressor([("near", KNeighborsRegressor(n_jobs=2))]), lambda model: model.estimators_[0]),
    ],
    ids=["alone", "in a pipeline", "found by a search", "in an ensemble"],
)
def test_the_estimator_that_predicts_takes_so_many_threads_wherever_it_is(model: Any, part: Any) -> None:
    model.fit(NUMBERS, DELAYS)
    use_threads(model, 1)
    assert part(model).n_jobs == 1


def test_transformers_take_as_many_and_predictions_stay() -> None:
    model = make_pipeline(make_column_transformer((OneHotEncoder(), ["carrier"])), forest()).fit(FLIGHTS, DELAYS)
    before = model.predict(FLIGHTS)
    # Set last: at work, it would start processes that import scikit-learn for seconds.
    model[0].n_jobs = 2
    use_threads(model, 1)
    assert model[0].n_jobs == 1
    assert model.predict(FLIGHTS).tolist() == pytest.approx(before.tolist(), rel=1e-14)


BOOSTED: dict[str, Any] = {"n_estimators": 2, "n_jobs": 7, "random_state": 0}


@pytest.mark.parametrize("part", ["estimator", "booster"])
def test_xgboost_takes_as_many(part: str) -> None:
    import xgboost

    model = xgboost.XGBRegressor(**BOOSTED).fit(NUMBERS, DELAYS)
    use_threads(model.get_booster() if part == "booster" else model, 1)
    assert json.loads(model.get_booster().save_config())["learner"]["generic_param"]["nthread"] == "1"


@pytest.mark.parametrize("part", ["estimator", "booster"])
def test_lightgbm_is_told_at_each_call(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    import lightgbm

    estimator = lightgbm.LGBMRegressor(verbosity=-1, min_child_samples=2, **BOOSTED).fit(NUMBERS, DELAYS)
    model: Any = estimator.booster_ if part == "booster" else estimator
    before, used, made = model.predict(NUMBERS), [], lightgbm.basic._InnerPredictor.from_booster

    def noted(*args: Any, **kwargs: Any) -> Any:
        used.append(kwargs["pred_parameter"]["num_threads"])
        return made(*args, **kwargs)

    monkeypatch.setattr(lightgbm.basic._InnerPredictor, "from_booster", noted)
    use_threads(model, 1)
    assert (model.predict(NUMBERS).tolist(), used) == (before.tolist(), [1])


def test_catboost_is_told_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(iterations=2, depth=2, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(NUMBERS, DELAYS)
    before, used, predict = model.predict(NUMBERS), [], model._base_predict

    def noted(*args: Any) -> Any:
        used.append(args[4])
        return predict(*args)

    monkeypatch.setattr(model, "_base_predict", noted)
    use_threads(model, 1)
    assert (model.predict(NUMBERS).tolist(), used) == (before.tolist(), [1])


def test_a_model_of_another_kind_is_left_alone() -> None:
    use_threads(object(), 1)
    use_threads({"model": [None, 3]}, 1)
