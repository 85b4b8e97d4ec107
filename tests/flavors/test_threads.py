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


def test_a_model_of_another_kind_is_left_alone() -> None:
    use_threads(object(), 1)
    use_threads({"model": [None, 3]}, 1)
