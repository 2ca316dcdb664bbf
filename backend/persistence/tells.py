"""Tells: rows written in the sender's turn, deleted in the receiver's; the delete is the dedupe."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from actors.letter import TellLetter
from actors.outcome import Outcome
from backend.persistence.database import fetch
from backend.persistence.guards import Connection
from backend.persistence.plan import Plan
from protocol.address import Address
from protocol.ids import uuid7
from protocol.messages import Tell
from protocol.vocabulary import Vocabulary

TRIES_MAX = 20
LOADED_AT_ONCE_MAX = 200

_SEND = """
INSERT INTO tell (id, receiver, tells, tries, sent_at)
SELECT u.id, u.receiver, u.tells::json, 0, $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(id, receiver, tells)
"""
_HEAR = "DELETE FROM tell WHERE id = ANY($1)"
_STILL_WAITING = "SELECT id FROM tell WHERE id = ANY($1)"
_WAITING = """
SELECT id, receiver, tells, tries FROM (
    SELECT *, row_number() OVER (PARTITION BY receiver ORDER BY id) AS place
    FROM tell WHERE receiver = ANY($1)
) AS t WHERE place <= $2 ORDER BY id
"""

HEARD = Outcome(granted=True, body=b"null")
"""What a letter is answered that had been heard before."""

Sent = list[tuple[Address, TellLetter]]


def gather(told: Iterable[tuple[Address, Tell]], now_ms: int) -> Sent:
    """Put all that one batch tells an actor into one letter, in order."""
    by_receiver: dict[Address, list[Tell]] = {}
    for receiver, tell in told:
        by_receiver.setdefault(receiver, []).append(tell)
    return [
        (receiver, TellLetter(uuid7(now_ms), tuple(tells)))
        for receiver, tells in by_receiver.items()
    ]


async def send(connection: Connection, sent: Sent, now: datetime) -> None:
    """Write the letters down."""
    if sent:
        await connection.execute(
            _SEND,
            [letter.id for _, letter in sent],
            [receiver for receiver, _ in sent],
            [msgspec.json.encode(letter.tells).decode() for _, letter in sent],
            now,
        )


async def hear(connection: Connection, plans: Sequence[Plan]) -> bool:
    """Delete the letters these turns heard; a turn that hears one twice is cut before it.

    Returns False when there was one.
    """
    ids = [letter.id for plan in plans for _, letter in plan.tells]
    if not ids:
        return True
    status = await connection.execute(_HEAR, ids)
    return bool(status == f"DELETE {len(ids)}")


async def fail_heard(connection: Connection, plans: Sequence[Plan]) -> None:
    """Cut every turn before its first letter that was heard before."""
    ids = [letter.id for plan in plans for _, letter in plan.tells]
    rows = await connection.fetch(_STILL_WAITING, ids)
    waiting = {row["id"] for row in rows}
    for plan in plans:
        for place, letter in plan.tells:
            if letter.id not in waiting:
                plan.fail(place, None)
                plan.settled.stored = HEARD
                break


class TellReader:
    """Reads letters that wait for actors."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Know the words tells are written in."""
        kinds: Any = Tell
        for kind in vocabulary.tells.values():
            kinds = kind if kinds is Tell else kinds | kind
        self._decode: Callable[[str], tuple[Tell, ...]] = msgspec.json.Decoder(
            tuple[kinds, ...]
        ).decode

    async def waiting_for(self, receivers: Sequence[Address]) -> dict[Address, list[TellLetter]]:
        """Read what waits for these actors, oldest first."""
        found: dict[Address, list[TellLetter]] = {}
        for row in await fetch(_WAITING, list(receivers), LOADED_AT_ONCE_MAX):
            letter = TellLetter(row["id"], self._decode(row["tells"]), row["tries"])
            found.setdefault(row["receiver"], []).append(letter)
        return found
