"""A benchmark that lies must fail: the books are compared with the acks."""

import pytest

from benchmarks import books
from benchmarks.conditions import Untrue

NOTHING = dict.fromkeys(
    ("mood_log", "event", "outcome", "transfer", "account", "notification", "numbers", "events"), 7
)
HONEST = {name: count + 100 for name, count in NOTHING.items()}
TOTALS = {
    "sent": 100,
    "granted": 100,
    "refused": 0,
    "delivered": 100,
    "unexpected": 0,
    "holes": 0,
}


def test_what_adds_up_is_believed() -> None:
    books.check(NOTHING, HONEST, TOTALS)


@pytest.mark.parametrize("table", sorted(NOTHING.keys() - {"events"}))
@pytest.mark.parametrize("by", [-1, 1])
def test_one_row_too_few_or_too_many_is_found(table: str, by: int) -> None:
    with pytest.raises(Untrue):
        books.check(NOTHING, {**HONEST, table: HONEST[table] + by}, TOTALS)


@pytest.mark.parametrize(
    ("name", "count"),
    [("sent", 101), ("delivered", 99), ("refused", 1), ("unexpected", 1), ("holes", 1)],
)
def test_whatever_went_wrong_on_the_way_is_found(name: str, count: int) -> None:
    with pytest.raises(Untrue, match=name.replace("sent", "were sent")):
        books.check(NOTHING, HONEST, {**TOTALS, name: count})
