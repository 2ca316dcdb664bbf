"""The pair's streak: on how many days in a row both checked in; pure.

Days are names, not hours: each of the two has days by their own clock, and a day counts when both
have a check-in of that name. So a change of clocks or a journey neither makes nor breaks a streak.

What happened long ago can no longer change and is settled into three numbers; the days that can
are held one by one. From both together the streak follows exactly, also when a day in between is
filled or taken back.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from backend.domains.checkins.messages import Streak

OPEN_DAYS = 7
"""How many days before the latest one may still change: 48 hours and two days of time zones."""
_DAY = timedelta(days=1)


class Settled(msgspec.Struct, frozen=True, gc=False):
    """The days that cannot change any more, as far as the streak must know of them."""

    best_days: int = 0
    run_days: int = 0
    """How many days the run had that ended on `last_day`."""
    last_day: date | None = None
    """The last of them that counted."""

    def then(self, day: date) -> "Settled":
        """Let a later day count too."""
        run_days = self.run_days + 1 if self.last_day == day - _DAY else 1
        return Settled(max(self.best_days, run_days), run_days, day)


def streak_of(settled: Settled, days: Iterable[date]) -> Streak:
    """Say what the streak is when these days count too."""
    for day in sorted(days):
        settled = settled.then(day)
    return Streak(
        current_days=settled.run_days, best_days=settled.best_days, last_day=settled.last_day
    )
