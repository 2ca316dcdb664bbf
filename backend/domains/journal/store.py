"""What is read into actors and written by them, of the journal."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from actors.turn import Turn
from backend.domains.journal.messages import MoodLogged, PrivateMoodLogged
from backend.domains.journal.rules import DAYS_HELD, Moods, PrivateMoods
from backend.domains.journal.tables import MoodLog
from backend.persistence.database import Record, fetch

_COUNTS = """
SELECT wanted.id, mood.user_id, mood.local_day, count(*) AS moods
FROM unnest($1::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT max(local_day) AS day FROM mood_log WHERE relationship_id = wanted.id
) AS last
JOIN mood_log AS mood ON mood.relationship_id = wanted.id
                     AND mood.local_day > last.day - $2::integer
GROUP BY wanted.id, mood.user_id, mood.local_day
"""
_PRIVATE_COUNTS = """
SELECT wanted.id, mood.user_id, mood.local_day, count(*) AS moods
FROM unnest($1::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT max(local_day) AS day FROM mood_log WHERE user_id = wanted.id AND relationship_id IS NULL
) AS last
JOIN mood_log AS mood ON mood.user_id = wanted.id AND mood.relationship_id IS NULL
                     AND mood.local_day > last.day - $2::integer
GROUP BY wanted.id, mood.user_id, mood.local_day
"""


async def load_moods(keys: Sequence[UUID]) -> Mapping[UUID, Moods]:
    """Count the last days' moods of many relationships."""
    counts = _counts(await fetch(_COUNTS, list(keys), DAYS_HELD))
    return {key: Moods(per_day) for key, per_day in counts.items()}


async def load_private_moods(keys: Sequence[UUID]) -> Mapping[UUID, PrivateMoods]:
    """Count the last days' moods that many people logged for themselves."""
    counts = _counts(await fetch(_PRIVATE_COUNTS, list(keys), DAYS_HELD))
    return {key: PrivateMoods(per_day) for key, per_day in counts.items()}


def _counts(rows: Sequence[Record]) -> dict[UUID, dict[tuple[UUID, date], int]]:
    found: dict[UUID, dict[tuple[UUID, date], int]] = {}
    for row in rows:
        per_day = found.setdefault(row["id"], {})
        per_day[row["user_id"], row["local_day"]] = row["moods"]
    return found


def add_mood(turn: Turn, logged: MoodLogged, *, relationship_id: UUID, time_zone: str) -> None:
    """Write a shared mood down."""
    turn.work.insert(
        MoodLog,
        id=logged.mood_log_id,
        user_id=logged.user_id,
        relationship_id=relationship_id,
        mood=logged.mood,
        mood_score=logged.mood_score,
        notes=logged.notes,
        is_shared=True,
        local_day=logged.local_day,
        time_zone=time_zone,
        made_at=logged.made_at,
        received_at=turn.now,
    )


def add_private_mood(
    turn: Turn, logged: PrivateMoodLogged, *, user_id: UUID, time_zone: str
) -> None:
    """Write a private mood down."""
    turn.work.insert(
        MoodLog,
        id=logged.mood_log_id,
        user_id=user_id,
        relationship_id=None,
        mood=logged.mood,
        mood_score=logged.mood_score,
        notes=logged.notes,
        is_shared=False,
        local_day=logged.local_day,
        time_zone=time_zone,
        made_at=logged.made_at,
        received_at=turn.now,
    )
