"""Outcomes: what became of every command, by its id, so that it is done once."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from actors.letter import Letter
from actors.outcome import Outcome, Stored
from backend.persistence.database import Record
from backend.persistence.guards import Connection
from backend.persistence.plan import Plan
from protocol.common import IdReused
from protocol.refusals import Refusal

_READ = "SELECT id, actor, principal, fingerprint, granted, body FROM outcome WHERE id = ANY($1)"


Read = Callable[[Collection[UUID]], Awaitable[dict[UUID, Stored]]]


async def read(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Stored]:
    """Read what is known of commands."""
    return {row["id"]: _stored(row) for row in await connection.fetch(_READ, list(ids))}


async def fail_known(stored: Read, plans: Sequence[Plan]) -> None:
    """Cut every turn before its first command whose id is known, and say what is known of it.

    Read after the rollback: what the ids met has been committed by then.
    """
    commands = [letter for plan in plans for _, _, letter in plan.commands]
    known = await stored([letter.id for letter in commands if letter.id is not None])
    seen: set[UUID] = set()
    for plan in plans:
        for place, _, letter in plan.commands:
            assert letter.id is not None  # noqa: S101 - commands have one
            found = known.get(letter.id)
            if found is not None:
                plan.fail(place, None)
                plan.settled.stored = given_again(found, plan.turn.address, letter)
                break
            if letter.id in seen:
                plan.fail(place, IdReused())
                break
            seen.add(letter.id)


def given_again(found: Stored, address: str, letter: Letter) -> Outcome:
    """Give the stored outcome to whoever asks the same again; to anybody else a refusal."""
    if (
        found.actor == address
        and found.principal == letter.principal.user_id
        and found.fingerprint == letter.fingerprint
    ):
        return found.outcome
    refusal: Refusal = IdReused()
    return Outcome.of(refusal)


def _stored(row: Record) -> Stored:
    return Stored(
        actor=row["actor"],
        principal=row["principal"],
        fingerprint=row["fingerprint"],
        outcome=Outcome(row["granted"], row["body"].encode()),
    )
