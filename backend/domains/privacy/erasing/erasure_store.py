"""Every query about erasures."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.persistence.database import fetch
from backend.persistence.personal_data import Circle

_ADD = """
INSERT INTO erasure (id, user_id, state, give_up_balances, requested_at, due_at, circle, runs,
                     place, touched_at)
VALUES ($1, $2, 'waiting', $3, $4, $5, '{}', 0, '', $4)
"""
_CALL_OFF = """
UPDATE erasure SET state = 'called_off', ended_at = $2, touched_at = $2
WHERE user_id = $1 AND state = 'waiting' RETURNING 1
"""
_IS_GOING_ON = "SELECT 1 FROM erasure WHERE user_id = $1 AND state IN ('parting', 'erasing')"
_DUE = """
SELECT id, runs FROM erasure
WHERE due_at <= $1 AND (state = 'waiting' OR (state IN ('parting', 'erasing') AND touched_at <= $2))
ORDER BY due_at LIMIT $3
"""
_LOCK = """
SELECT id, user_id, state, give_up_balances, due_at, held_up_by, circle, parted_at, runs, step,
       place
FROM erasure WHERE id = $1 FOR UPDATE
"""
_COUNT_RUN = "UPDATE erasure SET runs = runs + 1, touched_at = $2 WHERE id = $1"
_HOLD_UP = """
UPDATE erasure SET state = 'waiting', due_at = $2, held_up_by = $3 WHERE id = $1
"""
_PART = """
UPDATE erasure SET state = 'parting', circle = $2, held_up_by = NULL WHERE id = $1
"""
_BEGIN = """
UPDATE erasure SET state = 'erasing', parted_at = $2 WHERE id = $1
"""
_NOTE = "UPDATE erasure SET step = $2, place = $3 WHERE id = $1"
_FINISH = """
UPDATE erasure
SET state = 'done', circle = '{}', step = NULL, place = '', ended_at = $2
WHERE id = $1
"""


class KeptErasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure, and how far it is."""

    id: UUID
    user_id: UUID
    state: str
    give_up_balances: bool
    due_at: datetime
    held_up_by: str | None
    circle: Circle
    """Who told of them when it began; who is found later is added."""
    parted_at: datetime | None
    runs: int
    step: str | None
    place: str


async def add(
    erasure_id: UUID, user_id: UUID, *, give_up_balances: bool, now: datetime, due_at: datetime
) -> None:
    """Write down that somebody is to be erased."""
    await fetch(_ADD, erasure_id, user_id, give_up_balances, now, due_at)


async def call_off(user_id: UUID, now: datetime) -> None:
    """Note that somebody came back before they were erased."""
    await fetch(_CALL_OFF, user_id, now)


async def is_going_on(user_id: UUID) -> bool:
    """Tell whether somebody is being erased."""
    return bool(await fetch(_IS_GOING_ON, user_id))


async def due(now: datetime, untouched_since: datetime, count_max: int) -> list[tuple[UUID, int]]:
    """Find erasures that are due, and those that nobody goes on with; with their runs so far."""
    rows = await fetch(_DUE, now, untouched_since, count_max)
    return [(row["id"], row["runs"]) for row in rows]


async def lock(erasure_id: UUID) -> KeptErasure | None:
    """Read an erasure; nobody else may go on with it meanwhile, nor call it off."""
    rows = await fetch(_LOCK, erasure_id)
    if not rows:
        return None
    return KeptErasure(**{**rows[0], "circle": msgspec.json.decode(rows[0]["circle"], type=Circle)})


async def count_run(erasure_id: UUID, now: datetime) -> None:
    """Note that an erasure is gone on with."""
    await fetch(_COUNT_RUN, erasure_id, now)


async def hold_up(erasure_id: UUID, due_at: datetime, by: str) -> None:
    """Put an erasure off that a room refuses."""
    await fetch(_HOLD_UP, erasure_id, due_at, by)


async def part(erasure_id: UUID, circle: Circle) -> None:
    """Begin to have somebody go from the lives of others; it is called off no more."""
    await fetch(_PART, erasure_id, msgspec.json.encode(circle).decode())


async def begin(erasure_id: UUID, now: datetime) -> None:
    """Begin to erase: nothing is told of somebody any more from now on."""
    await fetch(_BEGIN, erasure_id, now)


async def note(erasure_id: UUID, step: str, place: str) -> None:
    """Note how far an erasure is."""
    await fetch(_NOTE, erasure_id, step, place)


async def finish(erasure_id: UUID, now: datetime) -> None:
    """Note that somebody is erased."""
    await fetch(_FINISH, erasure_id, now)
