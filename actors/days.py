"""Days are people's: which calendar day a moment falls on depends on whose day it is."""

from datetime import date, datetime, timedelta
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


def own_day(at: datetime, time_zone: str, before: str | None, new_from: date | None) -> date:
    """Say which day it is for somebody; a change of zone counts from the next local day.

    Until the day `new_from` they live by the zone they had `before`.
    """
    day = local_day(at, time_zone)
    if before and new_from and day < new_from:
        # Never later than the eve of the change, so that no day is lived twice.
        return min(local_day(at, before), new_from - timedelta(days=1))
    return day
