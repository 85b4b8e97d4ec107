import numpy as np
import pytest
from tests.measures.totals import influences_of, values_of

from spark_models.measures.means import MeansTask
from spark_models.measures.sample import Floats, Sample

NAN = np.nan


def sample_of(weight: list[float], **more: list[float]) -> Sample:
    none = np.zeros(len(weight))
    columns: dict[str, Floats] = {name: np.array(each, np.float64) for name, each in more.items()}
    return Sample(none, none, np.array(weight, np.float64), columns)


def test_a_metric_is_the_weighted_mean_of_the_rows_that_have_a_value() -> None:
    sample = sample_of([1, 2, 3, 0], mrr=[0.5, NAN, 1.0, 7.0], ndcg_at_5=[0.0, 1.0, 0.5, 0.0], map_at_5=[NAN] * 4)
    found = values_of(MeansTask(("mrr", "ndcg_at_5", "map_at_5")), sample)
    assert found == pytest.approx({"mrr": 3.5 / 4, "ndcg_at_5": 3.5 / 6, "map_at_5": NAN}, nan_ok=True)


def test_a_row_without_a_value_has_no_influence_and_others_have_more() -> None:
    sample = sample_of([1, 1, 2], mrr=[0.0, 1.0, NAN])
    assert influences_of(MeansTask(("mrr",)), sample)["mrr"] == pytest.approx([-0.5 * 2, 0.5 * 2, 0.0])


def test_what_no_row_has_a_value_of_has_no_influence_that_looks_certain() -> None:
    assert np.isnan(influences_of(MeansTask(("mrr",)), sample_of([1, 1], mrr=[NAN, NAN]))["mrr"]).all()


def test_an_infinite_value_counts_unless_its_row_has_no_weight() -> None:
    assert values_of(MeansTask(("mase",)), sample_of([1, 1], mase=[1.0, np.inf]))["mase"] == np.inf
    assert values_of(MeansTask(("mase",)), sample_of([1, 0], mase=[1.0, np.inf]))["mase"] == 1.0


def test_no_rows_have_no_values() -> None:
    assert np.isnan(values_of(MeansTask(("mrr",)), sample_of([], mrr=[]))["mrr"])
