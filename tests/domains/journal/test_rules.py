"""The rules of moods, without a database."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domains.journal import limits, rules
from backend.domains.journal.rules import DAYS_HELD

ANNA, BEN = UUID(int=1), UUID(int=2)
BEGINNING = date(2026, 3, 2)


@given(st.lists(st.tuples(st.sampled_from([ANNA, BEN]), st.integers(0, 4), st.integers(0, 3))))
def test_what_is_held_is_the_count_of_the_last_days(logged: list[tuple[UUID, int, int]]) -> None:
    today = BEGINNING
    per_day: dict[tuple[UUID, date], int] = {}
    rows: Counter[tuple[UUID, date]] = Counter()
    for user_id, forward, back in logged:
        today += timedelta(days=forward)
        day = today - timedelta(days=back)
        per_day = rules.counted(per_day, user_id, day)
        rows[user_id, day] += 1
        latest = max(found for _, found in rows)
        window = {key: n for key, n in rows.items() if (latest - key[1]).days < DAYS_HELD}
        assert per_day == window
    assert len(per_day) <= 2 * DAYS_HELD


def test_coins_are_counted_for_the_person_and_the_day() -> None:
    cap = rules.coin_cap(ANNA, BEGINNING)
    assert cap == rules.coin_cap(ANNA, BEGINNING)
    assert cap.key != rules.coin_cap(BEN, BEGINNING).key
    assert cap.key != rules.coin_cap(ANNA, BEGINNING + timedelta(days=1)).key
    assert cap.taken_max == limits.MOOD_COINS_PER_DAY_MAX == 10


@pytest.mark.parametrize("given", ["0", "-1", "many", "", "1.5", "٣"])
def test_a_limit_that_is_no_number_stops_the_start_with_a_sentence(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_TEST_MAX", given)
    with pytest.raises(SystemExit, match="TANDEM_TEST_MAX must be a whole number above 0"):
        limits.whole_number("TANDEM_TEST_MAX", 5)


def test_a_limit_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_TEST_MAX", "7")
    assert limits.whole_number("TANDEM_TEST_MAX", 5) == 7
    assert limits.whole_number("TANDEM_TEST_OTHER_MAX", 5) == 5
