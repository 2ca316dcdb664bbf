"""Histograms by powers of two."""

import pytest

from backend.observability.histogram import BUCKETS, Histogram


@pytest.mark.parametrize("value", [0, 1, 2, 3, 4, 1_000, 2**30])
def test_a_value_lies_under_every_bound_that_is_not_smaller(value: int) -> None:
    histogram = Histogram()
    histogram.add(value)
    for bound, under in histogram.buckets():
        assert under == (value <= float(bound.replace("+Inf", "inf")))


def test_buckets_add_up_and_units_scale() -> None:
    histogram = Histogram()
    for value in range(100):
        histogram.add(value)
    buckets = histogram.buckets(0.001)
    assert len(buckets) == BUCKETS + 1
    under = dict(buckets)
    assert (under["0.063"], under["+Inf"]) == (64, 100)
    assert histogram.total == sum(range(100))
