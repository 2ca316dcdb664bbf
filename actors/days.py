"""Days are people's: which calendar day a moment falls on depends on whose day it is."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES_KEPT_MAX = 1_024


@lru_cache(maxsize=ZONES_KEPT_MAX)
def zone(name: str) -> ZoneInfo:
    """Find an IANA time zone. Raises ValueError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"no such time zone: {name}"
        raise ValueError(message) from None


def local_day(at: datetime, time_zone: str) -> date:
    """Say which day it is at this moment for somebody who lives by this time zone."""
    return at.astimezone(zone(time_zone)).date()


def first_moment(day: date, time_zone: str) -> datetime:
    """Say when a local day begins, in UTC.

    Where the clock skips midnight (Beirut, Santiago), the day begins when the clock goes on.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(time_zone)).astimezone(UTC)
    while local_day(midnight, time_zone) < day:
        midnight += timedelta(minutes=30)
    return midnight
