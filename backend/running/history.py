"""What Anna and Ben did in the week before the demo: data, and what it means as commands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.console.people import ANNA, BEN, Newcomer
from backend.domains.checkins.messages import SubmitCheckIn
from backend.domains.journal.messages import LogMood
from protocol.messages import Command

DAYS_BEFORE = 7
SIGNED_UP_AT = time(19, 2)

# Days before today, when, who; the scores; what they are grateful for.
_CHECK_INS = (
    (6, time(8, 10), ANNA, (7, 6, 7), "The long way home along the river."),
    (6, time(21, 40), BEN, (6, 7, 7), "She laughed at the same joke twice."),
    (5, time(7, 55), ANNA, (7, 7, 8), "Coffee was ready before I was."),
    (5, time(22, 5), BEN, (7, 6, 7), None),
    (4, time(8, 20), BEN, (5, 4, 6), "That we said it, and did not sulk."),
    (4, time(20, 15), ANNA, (6, 5, 6), "You asked before you answered."),
    (3, time(8, 2), ANNA, (8, 7, 8), "A morning without a plan."),
    (3, time(21, 30), BEN, (8, 8, 8), "Pancakes, both sides."),
    (2, time(7, 48), ANNA, (8, 6, 8), None),
    (2, time(23, 10), BEN, (7, 6, 8), "You kept the light on."),
    (1, time(8, 5), BEN, (8, 7, 9), "The note in my lunch box."),
    (1, time(21, 20), ANNA, (9, 8, 9), "He called my mother. By himself."),
)
_MOODS = (
    (5, time(12, 30), BEN, "stressed", 3),
    (4, time(13, 15), ANNA, "tired", 4),
    (3, time(15, 0), ANNA, "happy", 9),
    (2, time(18, 45), BEN, "hopeful", 7),
    (1, time(16, 30), BEN, "loving", 9),
)


@dataclass(frozen=True)
class Deed:
    """Something one of the two did."""

    at: datetime
    who: Newcomer
    command: Command

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return f"{self.who.name} {self.at.isoformat()}"


def deeds(signed_up_at: datetime) -> Iterator[Deed]:
    """Tell what followed the sign-up, in order."""
    told = [
        Deed(
            _moment(signed_up_at, days_ago, at, who),
            who,
            SubmitCheckIn(
                connection_score=scores[0],
                mood_score=scores[1],
                relationship_satisfaction=scores[2],
                gratitude_note=note,
            ),
        )
        for days_ago, at, who, scores, note in _CHECK_INS
    ]
    told += [
        Deed(_moment(signed_up_at, days_ago, at, who), who, LogMood(mood=mood, mood_score=score))
        for days_ago, at, who, mood, score in _MOODS
    ]
    yield from sorted(told, key=lambda deed: deed.at)


def beginning(now: datetime) -> datetime:
    """Say when Anna signed up, if the demo is made now."""
    zone = ZoneInfo(ANNA.time_zone)
    day = now.astimezone(zone).date() - timedelta(days=DAYS_BEFORE)
    return datetime.combine(day, SIGNED_UP_AT, zone)


def _moment(signed_up_at: datetime, days_ago: int, at: time, who: Newcomer) -> datetime:
    zone = ZoneInfo(who.time_zone)
    first_day = signed_up_at.astimezone(zone).date()
    return datetime.combine(first_day + timedelta(days=DAYS_BEFORE - days_ago), at, zone)
