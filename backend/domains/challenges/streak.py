"""A person's streak: on how many days in a row they kept what they had promised for the day.

Days are the person's own. A day on which nothing was promised, or all of it excused, neither counts
nor breaks it; a day on which anything was missed does. It follows from the occurrences as they
stand, so a ruling about last week changes it as well.
"""

from datetime import date
from uuid import UUID

from backend.persistence.database import fetch
from protocol.messages import Value

_STRETCHES = """
WITH day AS (
    SELECT coalesce(e.done_day, e.last_day) AS day, bool_or(e.outcome = 'missed') AS is_missed,
           bool_or(e.outcome = 'done') AS is_done
    FROM challenge_event AS e JOIN user_challenge AS c ON c.id = e.user_challenge_id
    WHERE c.user_id = $1 AND e.outcome IS NOT NULL
    GROUP BY 1
), stretch AS (
    SELECT day, is_done AND NOT is_missed AS is_kept,
           count(*) FILTER (WHERE is_missed) OVER (ORDER BY day) AS place
    FROM day
)
SELECT count(*) FILTER (WHERE is_kept) AS days, max(day) FILTER (WHERE is_kept) AS last_day
FROM stretch GROUP BY place ORDER BY place
"""


class KeptStreak(Value, frozen=True):
    """On how many days in a row somebody kept what they had promised."""

    current_days: int
    best_days: int
    last_day: date | None
    """The last day on which they did."""


async def streak_of(user_id: UUID) -> KeptStreak:
    """Work out somebody's streak."""
    stretches = await fetch(_STRETCHES, user_id)
    lasts = [row["last_day"] for row in stretches if row["last_day"] is not None]
    return KeptStreak(
        current_days=stretches[-1]["days"] if stretches else 0,
        best_days=max((row["days"] for row in stretches), default=0),
        last_day=max(lasts, default=None),
    )
