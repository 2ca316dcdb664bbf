"""Changing moods that were logged before: only the database knows all of them.

What was logged earlier in the same turn is not in the database yet when the guard is asked; so the
turn itself is looked at first.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains.journal.messages import (
    MoodDeleted,
    MoodEdited,
    MoodLogged,
    PrivateMoodDeleted,
    PrivateMoodEdited,
    PrivateMoodLogged,
)
from backend.domains.journal.tables import MoodLog
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from protocol.common import NotFound

Happened = (
    MoodLogged
    | MoodEdited
    | MoodDeleted
    | PrivateMoodLogged
    | PrivateMoodEdited
    | PrivateMoodDeleted
)

_CHANGE = """
UPDATE mood_log AS m
SET mood = u.mood, mood_score = u.mood_score, notes = u.notes, updated_at = u.at,
    deleted_at = CASE WHEN u.mood IS NULL THEN u.at END
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::text[],
            $7::timestamptz[]) AS u(id, user_id, relationship_id, mood, mood_score, notes, at)
WHERE m.id = u.id AND m.user_id = u.user_id AND m.deleted_at IS NULL
  AND m.relationship_id IS NOT DISTINCT FROM u.relationship_id
RETURNING m.id
"""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a mood is to be from now on; without `mood` it is deleted."""

    mood_log_id: UUID
    user_id: UUID
    relationship_id: UUID | None
    mood: str | None = None
    mood_score: int | None = None
    notes: str | None = None
    at: datetime


class MoodGuard:
    """Changes moods that are there and belong to who wants to change them."""

    name = "moods"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Have all of them changed that are there."""
        changes: list[Change] = [found.item for found in guarded]
        return Question(
            _CHANGE,
            (
                [change.mood_log_id for change in changes],
                [change.user_id for change in changes],
                [change.relationship_id for change in changes],
                [change.mood for change in changes],
                [change.mood_score for change in changes],
                [change.notes for change in changes],
                [change.at for change in changes],
            ),
        )

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Name those that were not there."""
        del connection
        changed = {row["id"] for row in rows}
        failures = [
            (found, NotFound(what="mood"))
            for found in guarded
            if found.item.mood_log_id not in changed
        ]
        return Verdict(failures=list(failures))


MOODS = MoodGuard()


def change(turn: Turn, wanted: Change) -> None:
    """Have a mood changed. Raises NotFound, here or by the guard."""
    said = _said_in_this_turn(turn, wanted.mood_log_id)
    if said is None:
        turn.work.guard(MOODS, wanted)
    elif isinstance(said, MoodDeleted | PrivateMoodDeleted) or not _is_of(said, wanted.user_id):
        raise NotFound(what="mood")
    else:
        turn.work.update(
            MoodLog,
            {"id": wanted.mood_log_id},
            mood=wanted.mood,
            mood_score=wanted.mood_score,
            notes=wanted.notes,
            updated_at=wanted.at,
            deleted_at=wanted.at if wanted.mood is None else None,
        )


def _said_in_this_turn(turn: Turn, mood_log_id: UUID) -> Happened | None:
    """Find what the earlier steps of the turn said last of a mood."""
    for step in reversed(turn.steps):
        for event in reversed(step.published):
            if isinstance(event, Happened) and event.mood_log_id == mood_log_id:
                return event
    return None


def _is_of(said: Happened, user_id: UUID) -> bool:
    """Tell whether a mood is this person's; on their own actor all are."""
    return getattr(said, "user_id", user_id) == user_id
