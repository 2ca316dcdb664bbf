"""Invitations that meet in one batch, or come twice."""

import asyncio
from uuid import UUID

import structlog

from backend.domains.relationships.messages import AcceptInvitation, RevokeInvitation
from backend.persistence.database import fetch
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import new_code, unite
from tests.support.node import Node
from tests.support.people import sign_up
from tests.support.verify import Ask, in_one_turn, until_quiet


async def test_an_answer_that_is_refused_halfway_is_not_seen_by_who_takes_the_invitation_back(
    node: Node, clock: FakeClock
) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    await unite(ben, anna)
    async with anna.phone() as phone:
        opened = await phone.ask({"type": "invitations.open", "email": ben.email})
    await until_quiet(node)
    relationship_id = UUID(opened["relationship_id"])
    accepts = Ask(AcceptInvitation(relationship_id=relationship_id), ben.principal)
    revokes = Ask(RevokeInvitation(relationship_id=relationship_id), anna.principal)
    (accepted,), (revoked,) = await asyncio.gather(
        in_one_turn(node, ben.address, [accepts]), in_one_turn(node, anna.address, [revokes])
    )
    assert b"already_together" in accepted.body
    assert revoked.granted
    rows = await fetch("SELECT status FROM invitation WHERE relationship_id = $1", relationship_id)
    assert [row["status"] for row in rows] == ["revoked"]


async def test_an_invitation_sent_again_under_its_id_is_answered_as_before(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    wish = {"type": "invitations.open", "code": new_code()}
    command_id = uuid7(int(clock.now().timestamp() * 1000))
    async with anna.phone() as phone:
        first = await phone.ask(wish, id=command_id)
        with structlog.testing.capture_logs() as said:
            assert await phone.ask(wish, id=command_id) == first
    assert not [line for line in said if line["log_level"] in {"warning", "error"}]
