"""Every query of reminders."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains.reminders.messages import DEFAULT_WISHES, Wishes
from backend.domains.reminders.rules import LOOKED_AHEAD, Due, Reminders, Window
from backend.domains.reminders.tables import ReminderSnooze, ReminderWish
from backend.persistence.database import Record, fetch
from protocol.address import key_of
from protocol.ids import uuid7

REMINDERS_KEPT = timedelta(days=90)
"""Far longer than anything is reminded of: whoever looked again would find it was given."""

_WISHES = "SELECT user_challenge_id, wishes FROM reminder_wish WHERE user_challenge_id = ANY($1)"
_SNOOZES = """
SELECT user_challenge_id, occurrence_key, snoozed_until FROM reminder_snooze
WHERE user_challenge_id = ANY($1)
"""
# What is done is not among them, so nobody is reminded of what they have done.
_NEAR = """
SELECT e.id, e.user_challenge_id, e.key, e.scheduled_for, c.user_id, c.title, w.wishes,
       s.snoozed_until, ARRAY(
           SELECT g.due_window_key || ' ' || g.channel FROM challenge_reminder AS g
           WHERE g.user_challenge_id = e.user_challenge_id
             AND g.due_window_key LIKE e.key || '@%'
       ) AS given
FROM challenge_event AS e
JOIN user_challenge AS c ON c.id = e.user_challenge_id AND c.status = 'running'
LEFT JOIN reminder_wish AS w ON w.user_challenge_id = e.user_challenge_id
LEFT JOIN reminder_snooze AS s
       ON s.user_challenge_id = e.user_challenge_id AND s.occurrence_key = e.key
WHERE e.status IN ('scheduled', 'due') AND e.scheduled_for > $1 AND e.scheduled_for <= $2
  AND ($3::uuid IS NULL OR (e.scheduled_for, e.id) > (
      SELECT scheduled_for, id FROM challenge_event WHERE id = $3))
ORDER BY e.scheduled_for, e.id LIMIT $4
"""
# Whoever writes the row gives the reminder; everybody else finds it there.
_GIVE = """
INSERT INTO challenge_reminder (id, user_challenge_id, due_window_key, channel, sent_at)
SELECT u.id, u.challenge_id, u.due_window_key, u.channel, $5
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
     AS u(id, challenge_id, due_window_key, channel)
ORDER BY u.challenge_id, u.due_window_key, u.channel
ON CONFLICT (user_challenge_id, due_window_key, channel) DO NOTHING
RETURNING id
"""
_IS_AWAITED = """
SELECT 1 FROM challenge_event AS e
JOIN user_challenge AS c ON c.id = e.user_challenge_id AND c.status = 'running'
WHERE e.id = $1 AND e.status IN ('scheduled', 'due') AND e.scheduled_for > $2
"""
_FORGET = """
DELETE FROM challenge_reminder WHERE id IN (
    SELECT id FROM challenge_reminder WHERE sent_at <= $1 ORDER BY sent_at LIMIT $2
) RETURNING 1
"""


class Near(NamedTuple):
    """A window that falls due soon, whose it is, and how they want to be reminded."""

    event_id: UUID
    user_id: UUID
    title: str
    window: Window
    wishes: Wishes
    given: frozenset[str]
    """Which of its reminders were given."""


async def load_reminders(keys: Sequence[UUID]) -> Mapping[UUID, Reminders]:
    """Read how the owners of many challenges are reminded."""
    wishes = {row["user_challenge_id"]: row["wishes"] for row in await fetch(_WISHES, list(keys))}
    snoozed: dict[UUID, dict[str, datetime]] = {}
    for row in await fetch(_SNOOZES, list(keys)):
        found = snoozed.setdefault(row["user_challenge_id"], {})
        found[row["occurrence_key"]] = row["snoozed_until"]
    return {
        key: Reminders(_wishes(wishes.get(key)), snoozed.get(key, {}), key in wishes)
        for key in {*wishes, *snoozed}
    }


def _wishes(text: str | None) -> Wishes:
    return msgspec.json.decode(text, type=Wishes) if text is not None else DEFAULT_WISHES


async def read_near(now: datetime, after: UUID | None, count_max: int) -> list[Near]:
    """Read a page of what falls due soon, the next first."""
    rows = await fetch(_NEAR, now, now + LOOKED_AHEAD, after, count_max)
    return [_near(row) for row in rows]


def _near(row: Record) -> Near:
    window = Window(
        row["user_challenge_id"], row["key"], row["scheduled_for"], row["snoozed_until"]
    )
    return Near(
        row["id"],
        row["user_id"],
        row["title"],
        window,
        _wishes(row["wishes"]),
        frozenset(row["given"]),
    )


async def give(reminders: Sequence[Due], now: datetime) -> set[int]:
    """Write down that reminders are given; returns the places of those that were not before."""
    now_ms = int(now.timestamp() * 1000)
    ids = [uuid7(now_ms) for _ in reminders]
    rows = await fetch(
        _GIVE,
        ids,
        [one.window.challenge_id for one in reminders],
        [one.due_window_key for one in reminders],
        [one.channel.value for one in reminders],
        now,
    )
    given = {row["id"] for row in rows}
    return {place for place, found in enumerate(ids) if found in given}


async def is_awaited(event_id: UUID, now: datetime) -> bool:
    """Tell whether something can still be done in time, and was not."""
    return bool(await fetch(_IS_AWAITED, event_id, now))


async def forget_given(now: datetime, count_max: int) -> int:
    """Forget reminders that were given long ago, so many at once; returns how many."""
    return len(await fetch(_FORGET, now - REMINDERS_KEPT, count_max))


def write_wishes(turn: Turn, wishes: Wishes, *, is_first: bool) -> None:
    """Write down how somebody wants to be reminded."""
    key, columns = key_of(turn.address), {"wishes": wishes, "updated_at": turn.now}
    if is_first:
        turn.work.insert(ReminderWish, user_challenge_id=key, **columns)
    else:
        turn.work.update(ReminderWish, {"user_challenge_id": key}, **columns)


def write_snooze(turn: Turn, key: str, until: datetime, *, is_first: bool) -> None:
    """Write down when somebody is reminded of an occurrence again."""
    named = {"user_challenge_id": key_of(turn.address), "occurrence_key": key}
    if is_first:
        turn.work.insert(ReminderSnooze, **named, snoozed_until=until)
    else:
        turn.work.update(ReminderSnooze, named, snoozed_until=until)


def remove_snooze(turn: Turn, key: str) -> None:
    """Write down that somebody is not to be reminded of an occurrence again."""
    named = {"user_challenge_id": key_of(turn.address), "occurrence_key": key}
    turn.work.delete(ReminderSnooze, named)
