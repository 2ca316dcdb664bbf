"""verify_turn: what a node's actors remember is what the database says.

After a test everything the actors of a node have loaded is read anew, by the Parts' own `load`, and
must equal what they remember. So no evolution can drift from the rows that were written.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pytest

from actors.actor import Actor, Stage
from actors.letter import Letter
from actors.outcome import Outcome
from actors.principal import Principal
from backend import rooms
from backend.persistence import invariants
from backend.persistence.database import fetch, one_moment
from protocol.address import NO_KEY, Address, key_of
from protocol.ids import uuid7
from protocol.messages import Command
from tests.support.node import Node
from tests.support.until import until

QUIET_WITHIN_S = 10.0

_WAITING_TELLS = """
SELECT 1 FROM tell WHERE split_part(receiver, '/', 1) = ANY($1) AND tries = 0 LIMIT 1
"""


class Ask(NamedTuple):
    """One command of a turn."""

    command: Command
    principal: Principal
    made_at: datetime | None = None
    id: UUID | None = None


async def until_quiet(node: Node) -> None:
    """Wait until no actor has anything to do, and no tell is on its way; none lingers meanwhile."""

    async def is_quiet() -> bool:
        node.house.committer.bring_mail()
        return not (_is_busy(node) or await _tells_wait(node) or _is_busy(node))

    await until(is_quiet, within_s=QUIET_WITHIN_S)


def _is_busy(node: Node) -> bool:
    busy = {Stage.LOADING, Stage.COMMITTING}
    return any(
        actor.mailbox or actor.turn is not None or actor.stage in busy
        for actor in node.house.system.actors.values()
    )


async def _tells_wait(node: Node) -> bool:
    """Look for tells that nobody has tried to hear yet; tests of the engine leave others."""
    kinds = list(node.house.repertoire.roles)
    return bool(await fetch(_WAITING_TELLS, kinds))


async def verify(node: Node) -> int:
    """Compare what every live actor remembers with the database; returns how many Parts."""
    await until_quiet(node)
    compared = 0
    async with one_moment():
        for actor in list(node.house.system.actors.values()):
            compared += await _verify_actor(actor)
    return compared


async def _verify_actor(actor: Actor) -> int:
    key = key_of(actor.address) if actor.role.kind.keyed else NO_KEY
    for part, remembered in actor.states.items():
        read = (await part.load([key])).get(key, part.empty)
        assert remembered == read, (
            f"{actor.address} remembers of {part.name}\n  {remembered}\nand the rows say\n  {read}"
        )
    return len(actor.states)


async def in_one_turn(node: Node, address: Address, asks: Iterable[Ask]) -> Sequence[Outcome]:
    """Put commands into a mailbox at once, so that they are decided in one turn."""
    loop = asyncio.get_running_loop()
    now_ms = int(node.house.clock.now().timestamp() * 1000)
    futures: list[asyncio.Future[Outcome]] = []
    for ask in asks:
        future: asyncio.Future[Outcome] = loop.create_future()
        futures.append(future)
        letter = Letter(
            ask.command,
            ask.principal,
            future.set_result,
            id=ask.id or uuid7(now_ms),
            made_at=ask.made_at,
        )
        node.house.system.post(address, letter)
    async with asyncio.timeout(QUIET_WITHIN_S):
        return await asyncio.gather(*futures)


async def verify_with_a_refusal_at_each_position(
    node: Node, address: Address, granted: Callable[[], Sequence[Ask]], refused: Ask, code: str
) -> None:
    """Send these commands once for each position, with the refused one there, and verify.

    `granted` makes the commands anew for each time.
    """
    for position in range(len(granted()) + 1):
        asks = list(granted())
        asks.insert(position, refused)
        outcomes = await in_one_turn(node, address, asks)
        for place, outcome in enumerate(outcomes):
            assert outcome.granted is (place != position), (position, place, outcome.body)
        assert code.encode() in outcomes[position].body
        await verify(node)


async def broken_invariants() -> set[str]:
    """Name every row that offends an invariant of the engine or of a room."""
    modules = [invariants, *rooms.modules("invariants")]
    return {
        f"{invariant.sentence} {row}"
        for invariant in invariants.invariants_of(modules)
        for row in await invariant.broken(shown_max=None)
    }


@pytest.fixture
async def verify_turn(node: Node) -> AsyncIterator[None]:
    """After the test memory is what the database says, and the test broke no invariant."""
    before = await broken_invariants()
    yield
    await verify(node)
    broken = await broken_invariants() - before
    assert not broken, "\n".join(sorted(broken))
