"""Every query of the journal."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from actors.turn import Turn
from backend.domains.journal.messages import MoodLogged
from backend.domains.journal.rules import Moods, latest_days
from backend.domains.journal.tables import MoodLog
from backend.persistence.database import fetch

_COUNTS = """
SELECT wanted.id, mood.user_id, mood.local_day, count(*) AS moods
FROM unnest($1::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT max(local_day) AS day FROM mood_log WHERE relationship_id = wanted.id
) AS last
JOIN mood_log AS mood ON mood.relationship_id = wanted.id AND mood.local_day > last.day - 7
GROUP BY wanted.id, mood.user_id, mood.local_day
"""


async def load_moods(keys: Sequence[UUID]) -> Mapping[UUID, Moods]:
    """Count the last days' moods of many relationships."""
    found: dict[UUID, dict[tuple[UUID, date], int]] = {}
    for row in await fetch(_COUNTS, list(keys)):
        per_day = found.setdefault(row["id"], {})
        per_day[row["user_id"], row["local_day"]] = row["moods"]
    return {key: Moods(latest_days(per_day)) for key, per_day in found.items()}


def add_mood(turn: Turn, logged: MoodLogged, *, relationship_id: UUID, time_zone: str) -> None:
    """Write a mood down."""
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
        updated_at=None,
    )
