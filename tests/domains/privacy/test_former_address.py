"""Who is erased is not named by an address they had before, wherever that stood."""

from uuid import UUID, uuid4

import msgspec

from backend.domains.identity.account_store import lock
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.wanted import notice_to
from backend.persistence.database import fetch
from tests.domains.privacy.test_erasing import erased
from tests.domains.privacy.traces import traces_in_database
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.desk import Desk
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers

_DEAD_LETTER = """
INSERT INTO dead_letter (id, receiver, content, reason, sent_at, died_at, kind, tries)
VALUES ($1, 'identity.send_notice', $2::text::json, 'the mail was away', $3, $3, 'job', 20)
"""


async def test_an_invitation_she_accepted_and_a_notice_nobody_could_bring_lose_her_former_address(
    couple: Couple, desk: Desk, servers: Servers, node: Node, clock: FakeClock
) -> None:
    former = couple.anna.email
    carl = await sign_up(node, clock, "Carl")
    await together(carl, couple.anna)
    await give_up_a_notice(couple.anna.user_id, clock)
    await fetch(
        'UPDATE "user" SET email = $2 WHERE id = $1', couple.anna.user_id, "anna@new.example"
    )
    tables = {line.partition(":")[0] for line in await traces_in_database(servers, [former])}
    assert tables >= {"invitation", "dead_letter"}
    await erased(couple.anna, desk)
    left = {line.partition(":")[0] for line in await traces_in_database(servers, [former])}
    assert {table for table in left if not table.startswith(("event", "outcome"))} == set()


async def together(inviter: Person, invited: Person) -> None:
    """Have somebody invite another by their address, who accepts."""
    async with inviter.phone() as phone:
        opened = await phone.ask({"type": "invitations.open", "email": invited.email})
    async with invited.phone() as phone:
        accept = {"type": "invitations.accept", "relationship_id": opened["relationship_id"]}
        await phone.ask(accept)


async def give_up_a_notice(user_id: UUID, clock: FakeClock) -> None:
    """Have what was to be written to somebody be a dead letter."""
    owner = await lock(user_id)
    assert owner is not None
    content = msgspec.json.encode(notice_to(Notice.EMAIL_CHANGED, owner)).decode()
    await fetch(_DEAD_LETTER, uuid4(), content, clock.now())
