"""What was counted lately, and what was counted long ago."""

import pytest

from backend.cluster.state import Spread
from backend.observability.histogram import Histogram, percentile
from backend.observability.lately import STEPS, Lately


def test_what_is_long_ago_is_forgotten() -> None:
    histogram = Histogram()
    lately = Lately(histogram)
    assert lately.spread(histogram) is None
    histogram.add(1_000_000)
    for _ in range(STEPS - 1):
        lately.step()
    assert lately.spread(histogram) is not None
    lately.step()
    assert lately.spread(histogram) is None
    histogram.add(1)
    assert lately.spread(histogram) == Spread(p50=1, p99=1)
    assert lately.spread(histogram, 0.001) == Spread(p50=0.001, p99=0.001)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99, 1.0])
def test_a_percentile_is_wrong_by_less_than_a_factor_of_two(share: float) -> None:
    histogram = Histogram()
    for value in range(1, 1001):
        histogram.add(value)
    found = percentile(histogram.counts, share)
    assert found is not None
    assert 0.5 < found / (1000 * share) < 2


def test_of_nothing_there_is_no_percentile_and_of_one_number_each_is_near_it() -> None:
    histogram = Histogram()
    assert percentile(histogram.counts, 0.5) is None
    histogram.add(0)
    assert percentile(histogram.counts, 0.99) == 0
