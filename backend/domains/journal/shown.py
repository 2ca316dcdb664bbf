"""What people are shown of moods: the last ones, pages, and averages."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from actors.principal import Principal
from actors.shown import cut
from backend.domains.journal.messages import Mood, MoodNotes, MoodScore
from backend.persistence.database import fetch
from backend.persistence.pages import Cursor
from protocol.marks import PRIVATE

LATEST_SHOWN_MAX = 5
NOTES_SHOWN_BYTES_MAX = 560

_COLUMNS = """
id AS mood_log_id, user_id, relationship_id, mood, mood_score, notes, local_day, made_at, updated_at
"""
_SHARED = f"""
SELECT {_COLUMNS} FROM mood_log
WHERE relationship_id = $1 AND deleted_at IS NULL AND (local_day, id) < ($2, $3)
ORDER BY local_day DESC, id DESC LIMIT $4
"""  # noqa: S608 - the columns are ours
_OWN = f"""
SELECT {_COLUMNS} FROM mood_log
WHERE user_id = $1 AND deleted_at IS NULL AND (local_day, id) < ($2, $3)
ORDER BY local_day DESC, id DESC LIMIT $4
"""  # noqa: S608
_AVERAGES = """
SELECT user_id, date_trunc($2, local_day::timestamp)::date AS first_day, count(*) AS moods,
       round(avg(mood_score), 2)::float8 AS average_score
FROM mood_log
WHERE {whose} = $1 AND deleted_at IS NULL AND local_day BETWEEN $3 AND $4
GROUP BY 1, 2 ORDER BY 2, 1
"""
_SHARED_AVERAGES = _AVERAGES.format(whose="relationship_id")
_OWN_AVERAGES = _AVERAGES.format(whose="user_id")
_AFTER_ALL = Cursor(date.max, UUID(int=2**128 - 1))


class Span(StrEnum):
    """What averages are taken over; weeks begin on Mondays."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ShownMood(msgspec.Struct, frozen=True, kw_only=True):
    """A mood; a private one names no relationship."""

    mood_log_id: UUID
    user_id: UUID
    relationship_id: UUID | None
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    local_day: date
    made_at: datetime
    updated_at: datetime | None


class MoodsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last moods the two shared; long notes are cut, the pages have them whole."""

    latest: Sequence[ShownMood]


class Average(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody was over a day, a week or a month."""

    user_id: UUID
    first_day: date
    moods: int
    average_score: Annotated[float, PRIVATE]


async def show_moods(key: UUID, _reader: Principal) -> MoodsShown:
    """Show the last moods the two shared."""
    return MoodsShown(
        latest=[_cut(mood) for mood in await read_shared(key, None, LATEST_SHOWN_MAX)]
    )


def _cut(mood: ShownMood) -> ShownMood:
    if mood.notes is None:
        return mood
    return msgspec.structs.replace(mood, notes=cut(mood.notes, NOTES_SHOWN_BYTES_MAX))


async def read_shared(
    relationship_id: UUID, after: Cursor | None, count_max: int
) -> list[ShownMood]:
    """Read the moods the two of a relationship shared, the latest first."""
    return await _read(_SHARED, relationship_id, after, count_max)


async def read_own(user_id: UUID, after: Cursor | None, count_max: int) -> list[ShownMood]:
    """Read all moods of a person, the latest first."""
    return await _read(_OWN, user_id, after, count_max)


async def _read(query: str, key: UUID, after: Cursor | None, count_max: int) -> list[ShownMood]:
    day, last = after or _AFTER_ALL
    return [ShownMood(**row) for row in await fetch(query, key, day, last, count_max)]


async def read_shared_averages(
    relationship_id: UUID, span: Span, first_day: date, last_day: date
) -> list[Average]:
    """Average what the two shared, each for themselves."""
    rows = await fetch(_SHARED_AVERAGES, relationship_id, span.value, first_day, last_day)
    return [Average(**row) for row in rows]


async def read_own_averages(
    user_id: UUID, span: Span, first_day: date, last_day: date
) -> list[Average]:
    """Average all moods of a person."""
    rows = await fetch(_OWN_AVERAGES, user_id, span.value, first_day, last_day)
    return [Average(**row) for row in rows]
