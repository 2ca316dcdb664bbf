"""What is allowed in the journal, and what follows; pure."""

from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from backend.domains.journal.limits import MOOD_COINS_PER_DAY_MAX, MOODS_PER_DAY_MAX
from backend.domains.journal.messages import (
    LogMood,
    LogPrivateMood,
    MoodLogged,
    MoodsTooMany,
    PrivateMoodLogged,
)
from backend.domains.ledger import Cap

Logged = TypeVar("Logged", MoodLogged, PrivateMoodLogged)

COINS_PER_MOOD = 1
DAYS_HELD = 7
"""More than 48 hours and the time zones of two people can make of a difference."""


class Moods(msgspec.Struct, frozen=True, gc=False):
    """How many moods each member logged on their last days; more no rule needs to know."""

    per_day: dict[tuple[UUID, date], int] = {}


class PrivateMoods(msgspec.Struct, frozen=True, gc=False):
    """How many moods a person logged for themselves on their last days."""

    per_day: dict[tuple[UUID, date], int] = {}


def log(  # noqa: PLR0913 - what a mood consists of, by name
    kind: type[Logged],
    moods: Moods | PrivateMoods,
    command: LogMood | LogPrivateMood,
    *,
    mood_log_id: UUID,
    by: UUID,
    day: date,
    at: datetime,
) -> Logged:
    """Log a mood, for both or for oneself. Raises MoodsTooMany."""
    if moods.per_day.get((by, day), 0) >= MOODS_PER_DAY_MAX:
        raise MoodsTooMany(count_max=MOODS_PER_DAY_MAX, local_day=day)
    return kind(
        mood_log_id=mood_log_id,
        user_id=by,
        mood=command.mood,
        mood_score=command.mood_score,
        notes=command.notes,
        local_day=day,
        made_at=at,
    )


def coin_cap(user_id: UUID, day: date) -> Cap:
    """Say how many moods of a day bring a coin, in all relationships and none."""
    return Cap(f"mood/{user_id}/{day}", MOOD_COINS_PER_DAY_MAX)


def counted(
    per_day: dict[tuple[UUID, date], int], user_id: UUID, day: date
) -> dict[tuple[UUID, date], int]:
    """Count a mood; days that can no longer be written to are forgotten."""
    before = per_day.get((user_id, day), 0)
    after = {**per_day, (user_id, day): before + 1}
    return after if before else latest_days(after)


def latest_days(per_day: dict[tuple[UUID, date], int]) -> dict[tuple[UUID, date], int]:
    """Keep the last days, counted back from the latest one of either."""
    latest = max((day for _, day in per_day), default=date.min)
    return {
        (user_id, day): count
        for (user_id, day), count in per_day.items()
        if (latest - day).days < DAYS_HELD
    }
