"""Coming back: who has missed a little is told at once, whoever else reads a long past."""

import asyncio

import pytest

from backend.gateway.joins import FEW_MAX
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ["Eva", "Evi", "Eve"]


async def test_a_little_is_told_to_many_together_and_much_by_itself(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        pos = (await eve.next("joined", topic=anna.address))["pos"]
        for name in NAMES:
            await eve.rename(name)
    # No long past is read meanwhile.
    monkeypatch.setattr(joins, "_turn", asyncio.Semaphore(0))
    async with raw(node, clock) as one, raw(node, clock) as other:
        resume = {anna.address: pos}
        for phone in (one, other):
            await phone.hello(anna.token, resume=resume)
        for phone in (one, other):
            pos = (await phone.next("joined", topic=anna.address))["pos"]
            pushes = [push for push in await phone.said("push") if push["topic"] == anna.address]
            assert [push["event"]["profile"]["name"] for push in pushes] == NAMES
            assert pushes[-1]["pos"] == pos
    async with raw(node, clock) as eve:
        await eve.hello(anna.token, resume={anna.address: pos})
        await eve.next("joined", topic=anna.address)
        for number in range(FEW_MAX + 1):
            await eve.rename(f"Eve {number}")
            await clock.advance(seconds=1)
    async with raw(node, clock) as late:
        await late.hello(anna.token, resume={anna.address: pos})
        assert await late.said("joined") == []
        joins._turn.release()  # noqa: SLF001
        joined = await late.next("joined", topic=anna.address)
        pushes = [push for push in await late.said("push") if push["topic"] == anna.address]
        assert len(pushes) == FEW_MAX + 1
        assert pushes[-1]["pos"] == joined["pos"]
