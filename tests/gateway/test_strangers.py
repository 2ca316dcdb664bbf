"""Strangers who call actors leave nothing behind where nobody was ever let in."""

from typing import Any
from uuid import uuid4

import pytest

from backend.persistence.database import fetch
from protocol.address import Address
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import sign_up

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS: dict[str, dict[str, Any]] = {
    "user": {"type": "identity.change_profile", "name": "Eve"},
    "relationship": {"type": "moods.log", "mood": "calm", "mood_score": 5},
}


async def rows() -> tuple[int, int]:
    """Count heads and outcomes."""
    (row,) = await fetch(
        "SELECT (SELECT count(*) FROM head) AS heads, (SELECT count(*) FROM outcome) AS outcomes"
    )
    return row["heads"], row["outcomes"]


async def test_calls_to_actors_that_do_not_exist_or_are_somebody_else_s_leave_no_rows(
    node: Node, clock: FakeClock
) -> None:
    eve, ben = await sign_up(node, clock, "Eve"), await sign_up(node, clock, "Ben")
    async with raw(node, clock) as socket:
        await socket.hello(eve.token)
        before = await rows()
        for kind, words in WORDS.items():
            for _ in range(5):
                reply = await socket.call(words, to=Address(f"{kind}/{uuid4()}"))
                assert reply["refused"]["code"] == "not_found"
        reply = await socket.call(WORDS["user"], to=ben.address)
        assert reply["refused"]["code"] == "not_found"
        assert await rows() == before
