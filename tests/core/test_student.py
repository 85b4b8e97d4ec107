import pytest
from scipy import stats

from spark_models.core.student import reach, two_sided


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 19, 100, 999, 1000])
def test_probabilities_and_quantiles_are_those_of_scipy(freedom: int) -> None:
    for t in (0.0, 0.1, 1.0, 1.96, 3.0, 10.0):
        assert two_sided(-t, freedom) == two_sided(t, freedom)
        assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-9, abs=1e-13)
    for confidence in (0.5, 0.9, 0.95, 0.999):
        assert reach(confidence, freedom) == pytest.approx(stats.t.ppf(0.5 + confidence / 2, freedom), rel=1e-9)


def test_without_degrees_of_freedom_and_of_very_many_it_is_the_normal_distribution() -> None:
    for freedom in (None, 10**6):
        assert reach(0.95, freedom) == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)
        assert two_sided(2.5, freedom) == pytest.approx(2 * stats.norm.sf(2.5), rel=1e-9)
