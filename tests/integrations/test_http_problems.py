"""What other services say of waiting is taken as a number of seconds, whatever they say."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backend.integrations.http_problems import RETRY_AFTER_MAX_S, retry_after_s


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        (b"7", 7),
        (b"9999999999", RETRY_AFTER_MAX_S),
        (b"-1", 0),
        (b"\xb2", 0),  # a digit, but no number
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_MAX_S),
        (b"never", 0),
        (b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        (b"Mon, 01 Jan 2026 00:00:00 +99999999999999999999", 0),
    ],
)
def test_how_long_to_wait_is_within_limits(told: bytes, wait_s: float) -> None:
    assert retry_after_s([(b"date", b"x"), (b"Retry-After", told)]) == wait_s


def test_who_says_nothing_is_not_waited_for() -> None:
    assert retry_after_s([]) == 0


def test_a_date_that_names_no_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        told = format_datetime(datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=600))
        wait_s = retry_after_s([(b"Retry-After", told.encode())])
    time.tzset()
    assert told.endswith("-0000")
    assert wait_s == pytest.approx(600, abs=60)
