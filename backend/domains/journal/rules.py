"""What is allowed in the journal, and what follows; pure."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.domains.journal.messages import LogMood, MoodLogged, MoodsTooMany

MOODS_PER_DAY_MAX = 10_000
DAYS_HELD_MAX = 4


class Moods(msgspec.Struct, frozen=True, gc=False):
    """How many moods each member logged on their last days; more no rule needs to know."""

    per_day: dict[tuple[UUID, date], int] = {}


def log(
    moods: Moods, command: LogMood, *, id: UUID, by: UUID, day: date, at: datetime  # noqa: A002
) -> MoodLogged:
    """Log a mood. Raises MoodsTooMany."""
    if moods.per_day.get((by, day), 0) >= MOODS_PER_DAY_MAX:
        raise MoodsTooMany(count_max=MOODS_PER_DAY_MAX, local_day=day)
    return MoodLogged(
        mood_log_id=id,
        user_id=by,
        mood=command.mood,
        mood_score=command.mood_score,
        notes=command.notes,
        local_day=day,
        made_at=at,
    )


def logged(moods: Moods, event: MoodLogged) -> Moods:
    """Count it; days that can no longer be written to are forgotten."""
    key = (event.user_id, event.local_day)
    before = moods.per_day.get(key)
    per_day = {**moods.per_day, key: (before or 0) + 1}
    return Moods(per_day if before else latest_days(per_day))


def latest_days(per_day: dict[tuple[UUID, date], int]) -> dict[tuple[UUID, date], int]:
    """Keep each member's last days."""
    kept: dict[tuple[UUID, date], int] = {}
    held: dict[UUID, int] = {}
    for (user_id, day), count in sorted(per_day.items(), key=lambda found: found[0][1], reverse=True):
        held[user_id] = held.get(user_id, 0) + 1
        if held[user_id] <= DAYS_HELD_MAX:
            kept[user_id, day] = count
    return kept
