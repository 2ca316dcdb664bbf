"""Days are people's: which calendar day a moment falls on depends on whose day it is."""

from datetime import date, datetime
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
