"""A row's influence is the derivative of the metric by the row's share of the weight: compared row by row."""

import numpy as np
import pytest
from tests.measures.totals import derivatives_of, influences_of, totals, values_of

from spark_models.measures.forecasts import ForecastTask
from spark_models.measures.means import MeansTask
from spark_models.measures.multilabel import MultilabelTask
from spark_models.measures.quantiles import QuantileTask
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import Task

rng = np.random.default_rng(41)
ROWS, LABELS, LEVELS = 41, 5, (0.1, 0.5, 0.9)
WEIGHT = rng.integers(1, 4, ROWS).astype(float)

NUMBER = rng.gamma(2.0, 3.0, ROWS)
TRUE = rng.random((ROWS, LABELS)) < [0.5, 0.3, 0.2, 0.1, 0.0]
SCORE = np.round(np.clip(rng.normal(0.3 + 0.3 * TRUE, 0.25), 0, 1), 1)


def some(values: Floats) -> Floats:
    return np.where(rng.random(len(values)) < 0.2, np.nan, values)


MEANS = {"ndcg_at_10": some(rng.random(ROWS)), "mrr": rng.random(ROWS)}
CASES: dict[str, tuple[Task, Sample]] = {
    "means": (MeansTask(("ndcg_at_10", "mrr")), Sample(NUMBER, NUMBER, WEIGHT, MEANS)),
    "quantile": (
        QuantileTask(LEVELS),
        Sample(NUMBER, NUMBER[:, None] + rng.normal(np.array([-3, 0, 3]), 1, (ROWS, 3)), WEIGHT),
    ),
    "forecast": (
        ForecastTask(),
        Sample(NUMBER, np.abs(NUMBER + rng.normal(size=ROWS)), WEIGHT, {"scale": some(rng.random(ROWS) + 0.5)}),
    ),
    "multilabel": (MultilabelTask(0.5), Sample(TRUE.astype(np.int8), SCORE, WEIGHT)),
}
# Its influence has the density of errors around the median, of which the sample is too small to say.
NOT_A_DERIVATIVE = "median_absolute_error"

ALL_TASKS = pytest.mark.parametrize(("task", "sample"), CASES.values(), ids=CASES)


@ALL_TASKS
def test_an_influence_is_the_derivative_by_a_row_s_share_of_the_weight(task: Task, sample: Sample) -> None:
    influences = influences_of(task, sample)
    assert influences.keys() >= values_of(task, sample).keys() - {"max_error"}
    for row in range(0, ROWS, 4):
        moved = derivatives_of(task, sample, row)
        ours = {name: each[row] for name, each in influences.items() if name != NOT_A_DERIVATIVE}
        assert ours == pytest.approx({name: moved[name] for name in ours}, rel=1e-5, abs=1e-7), row


@ALL_TASKS
def test_influences_have_no_mean(task: Task, sample: Sample) -> None:
    for name, each in influences_of(task, sample).items():
        if name != NOT_A_DERIVATIVE:
            assert sample.weight @ each == pytest.approx(0, abs=1e-8 * sample.weight.sum()), name


@ALL_TASKS
def test_totals_count_rows_and_those_with_a_weight(task: Task, sample: Sample) -> None:
    weight = np.where(np.arange(ROWS) < 5, 0.0, WEIGHT)
    state, _ = totals(task, Sample(sample.label, sample.prediction, weight, sample.more))
    assert (state.sums.all_rows, state.sums.rows) == (ROWS, ROWS - 5)
    assert state.weight == pytest.approx(weight.sum())


@ALL_TASKS
@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_one_row_has_values_only_if_it_has_a_weight(task: Task, sample: Sample, weight: float) -> None:
    row = sample.take(slice(0, 1))
    found = values_of(task, Sample(row.label, row.prediction, np.array([weight]), row.more))
    assert any(np.isfinite(value) for value in found.values()) == (weight > 0)


@ALL_TASKS
def test_standard_errors_are_those_of_the_bootstrap(task: Task, sample: Sample) -> None:
    repeated = sample.take(rng.integers(0, ROWS, 600))
    alike = Sample(repeated.label, repeated.prediction, np.ones(600), repeated.more)
    draws = [values_of(task, alike.take(rng.integers(0, 600, 600))) for _ in range(150)]
    for name, each in influences_of(task, alike).items():
        # The bootstrap's own error at 150 draws is about 6 %.
        if name != NOT_A_DERIVATIVE:
            drawn = np.std([one[name] for one in draws])
            assert np.sqrt((each**2).sum() / 600 / 599) == pytest.approx(drawn, rel=0.25, abs=1e-9), name
