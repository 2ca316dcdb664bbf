"""Tells: rows written in the sender's turn, deleted in the receiver's; the delete is the dedupe."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from actors.letter import TellLetter, Unheard
from actors.outcome import Outcome
from backend.persistence.columns import RowStatement
from backend.persistence.database import Record, fetch
from backend.persistence.guards import Connection
from backend.persistence.plan import Plan
from backend.persistence.writing import Rows
from protocol.address import Address
from protocol.ids import uuid7
from protocol.messages import Tell
from protocol.vocabulary import Vocabulary

log = structlog.get_logger()

LOADED_AT_ONCE_MAX = 200
_BETWEEN = 1 << 16
"""What lies between two ids, so that a letter can be taken apart and its parts keep its place."""

_SEND = RowStatement(
    "INSERT INTO tell (id, receiver, tells, tries, sent_at) "
    "SELECT u.id, u.receiver, u.tells::json, 0, u.sent_at "
    "FROM {rows} AS u(id, receiver, tells, sent_at)",
    ("uuid", "text", "text", "timestamptz"),
)
_STILL_WAITING = "SELECT id FROM tell WHERE id = ANY($1)"
# What has failed before is set aside: it is brought again alone, and holds nobody up.
_WAITING = """
SELECT id, receiver, tells, tries FROM (
    SELECT *, row_number() OVER (PARTITION BY receiver ORDER BY id) AS place
    FROM tell WHERE receiver = ANY($1) AND tries = 0
) AS t WHERE place <= $2 ORDER BY id
"""

HEARD = Outcome(granted=True, body=b"null")
"""What a letter is answered that had been heard before."""

Sent = list[tuple[Address, TellLetter]]


class LetterIds:
    """Makes ids that only ever grow: letters are read back in their order."""

    def __init__(self) -> None:
        """Begin; a process has one for all that it sends."""
        self._last = 0

    def next(self, now_ms: int) -> UUID:
        """Make the next id, for this moment or, when the clock went back, for the last."""
        self._last = max(uuid7(now_ms).int, self._last + _BETWEEN)
        return UUID(int=self._last)


def gather(told: Iterable[tuple[Address, Tell]], ids: LetterIds, now_ms: int) -> Sent:
    """Put all that one batch tells an actor into one letter, in order."""
    by_receiver: dict[Address, list[Tell]] = {}
    for receiver, tell in told:
        by_receiver.setdefault(receiver, []).append(tell)
    return [
        (receiver, TellLetter(ids.next(now_ms), tuple(tells)))
        for receiver, tells in by_receiver.items()
    ]


def rows(sent: Sent, now: datetime) -> Iterator[Rows]:
    """Give letters as rows."""
    if sent:
        yield (
            _SEND,
            [
                [letter.id for _, letter in sent],
                [receiver for receiver, _ in sent],
                [msgspec.json.encode(letter.tells).decode() for _, letter in sent],
                [now] * len(sent),
            ],
        )


async def still_waiting(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Tell which of these letters nobody has heard yet."""
    return {row["id"] for row in await connection.fetch(_STILL_WAITING, list(ids))}


async def fail_heard(
    still_waiting: Callable[[Collection[UUID]], Awaitable[set[UUID]]], plans: Sequence[Plan]
) -> None:
    """Cut every turn before its first letter that was heard before."""
    waiting = await still_waiting([letter.id for plan in plans for _, letter in plan.tells])
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
        self.unheard: Unheard | None = None
        """Who must know when a letter that was read here could not be heard."""

    async def waiting_for(self, receivers: Sequence[Address]) -> dict[Address, list[TellLetter]]:
        """Read what waits for these actors, oldest first."""
        found: dict[Address, list[TellLetter]] = {}
        for row in await fetch(_WAITING, list(receivers), LOADED_AT_ONCE_MAX):
            try:
                letter = self.letter_of(row)
            except msgspec.MsgspecError:
                # It must not keep its actor from coming to life; the sweeper deals with it.
                log.warning("a tell cannot be read", tell_id=row["id"], receiver=row["receiver"])
                continue
            found.setdefault(row["receiver"], []).append(letter)
        return found

    def letter_of(self, row: Record) -> TellLetter:
        """Make a letter of a row. Raises msgspec.MsgspecError when its words are not known."""
        letter = TellLetter(row["id"], self._decode(row["tells"]), row["tries"])
        letter.unheard = self.unheard
        return letter


def parts_of(letter: TellLetter) -> list[tuple[UUID, str]]:
    """Take a letter apart: each tell with an id of its own, in the place of the letter."""
    return [
        (UUID(int=letter.id.int + place), msgspec.json.encode((tell,)).decode())
        for place, tell in enumerate(letter.tells, 1)
    ]
