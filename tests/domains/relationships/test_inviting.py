"""Invitations: by e-mail or code, answered once, and silent about who exists."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from backend.domains.relationships.rules import INVITATIONS_PER_DAY_MAX, RELATIONSHIPS_MAX
from backend.persistence.database import fetch
from protocol.clients.python import Refused
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import later, new_code, read, snapshot_of, unite
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers
from tests.support.until import until
from tests.support.verify import until_quiet


async def ask(person: Person, tag: str, **fields: Any) -> Any:
    """Ask one's own actor over a fresh phone."""
    async with person.phone() as phone:
        return await phone.ask({"type": tag, **fields})


async def refusal_of(person: Person, tag: str, **fields: Any) -> Refused:
    """Ask for something and be refused."""
    with pytest.raises(Refused) as refused:
        await ask(person, tag, **fields)
    return refused.value


async def mine(person: Person) -> dict[str, Any]:
    """Show a person their relationships and invitations."""
    shown: dict[str, Any] = (await snapshot_of(person, person.address))["relationships"]
    return shown


async def test_an_invitation_by_email_reaches_who_has_that_address(
    anna: Person, ben: Person
) -> None:
    async with ben.phone() as phone:
        topic = await phone.join(ben.address).ready()
        opened = await ask(anna, "invitations.open", email=ben.email.upper())
        received = (await topic.next_push("invitations.received")).event["invitation"]
        arrived = (await topic.next_push("notifications.arrived")).event
        assert received["relationship_id"] == opened["relationship_id"]
        assert received["inviter_name"] == "Anna"
        assert arrived["items"][0]["notification_type"] == "invitation_received"
        assert (await mine(ben))["received"] == [received]

        await phone.ask(
            {"type": "invitations.accept", "relationship_id": opened["relationship_id"]}
        )
        started = (await topic.next_push("relationships.started")).event["relationship"]
    assert [member["name"] for member in started["members"]] == ["Anna", "Ben"]
    assert started["status"] == "active"
    assert (await mine(anna))["relationships"] == [started]
    assert (await mine(ben))["received"] == []
    assert (await read(anna, "/v1/relationships")).json() == [started]
    path = f"/v1/relationships/{started['relationship_id']}"
    assert (await read(ben, path)).json() == started


async def test_the_inviter_hears_who_accepted(anna: Person, ben: Person) -> None:
    async with anna.phone() as phone:
        topic = await phone.join(anna.address).ready()
        await unite(anna, ben)
        arrived = (await topic.next_push("notifications.arrived")).event
    assert arrived["items"][0]["title"] == "Ben accepted your invitation"


async def test_a_code_is_looked_up_and_kept_only_as_a_hash(anna: Person, ben: Person) -> None:
    code = new_code()
    opened = await ask(anna, "invitations.open", code=code, relationship_type="friends")
    look_up = {"code": code.lower().replace("-", "")}
    found = await read_with_body(ben, look_up)
    assert found["relationship_id"] == opened["relationship_id"]
    assert found["relationship_type"] == "friends"
    assert found["inviter_name"] == "Anna"
    everything = str(await fetch("SELECT * FROM invitation")) + str(
        await fetch("SELECT body FROM outcome")
    )
    assert code not in everything
    assert code.replace("-", "") not in everything


async def read_with_body(person: Person, body: dict[str, str]) -> dict[str, Any]:
    """Look a code up over HTTP."""
    async with httpx.AsyncClient(base_url=person.node.http_url) as client:
        bearer = {"Authorization": f"Bearer {person.token}"}
        answer = await client.post("/v1/invitations/look-up", json=body, headers=bearer)
    told: dict[str, Any] = answer.json()
    return told


async def test_a_wrong_a_used_and_an_expired_code_are_answered_alike(
    anna: Person, ben: Person
) -> None:
    code = new_code()
    opened = await ask(anna, "invitations.open", code=code)
    relationship_id = opened["relationship_id"]
    told = [
        await refusal_of(ben, "invitations.accept", relationship_id=relationship_id),
        await refusal_of(
            ben, "invitations.accept", relationship_id=relationship_id, code=new_code()
        ),
        await refusal_of(ben, "invitations.accept", relationship_id=str(ben.user_id), code=code),
        await refusal_of(ben, "invitations.accept", relationship_id=relationship_id, code="0" * 12),
        await refusal_of(anna, "invitations.accept", relationship_id=relationship_id, code=code),
    ]
    assert (await read_with_body(ben, {"code": new_code()}))["code"] == "invitations.not_found"
    await later(anna, ben, days=14)
    told.append(
        await refusal_of(ben, "invitations.accept", relationship_id=relationship_id, code=code)
    )
    assert {(refused.code, refused.message) for refused in told} == {
        ("invitations.not_found", told[0].message)
    }
    assert (await read_with_body(ben, {"code": code}))["code"] == "invitations.not_found"
    assert (await read(anna, "/v1/invitations")).json() == {"sent": [], "received": []}


async def test_inviting_answers_alike_whether_or_not_somebody_has_the_address(
    anna: Person, ben: Person
) -> None:
    known = await ask(anna, "invitations.open", email=ben.email)
    unknown = await ask(anna, "invitations.open", email="nobody@example.org")
    for opened in (known, unknown):
        del opened["relationship_id"], opened["email"]
    assert known == unknown


async def test_of_two_who_accept_at_once_one_is_in(
    anna: Person, ben: Person, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    code = new_code()
    opened = await ask(anna, "invitations.open", code=code)
    accept = {"relationship_id": opened["relationship_id"], "code": code}
    answers = await asyncio.gather(
        ask(ben, "invitations.accept", **accept),
        ask(carl, "invitations.accept", **accept),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [refusal.code for refusal in refused] == ["invitations.not_found"]
    shown = (await read(anna, "/v1/relationships")).json()
    assert len(shown) == 1
    assert len(shown[0]["members"]) == 2


async def test_an_address_is_invited_once_until_it_answers(anna: Person, ben: Person) -> None:
    opened = await ask(anna, "invitations.open", email=ben.email)
    refused = await refusal_of(anna, "invitations.open", email=ben.email.upper())
    assert refused.code == "invitations.pending"
    assert refused.facts == {"relationship_id": opened["relationship_id"]}
    async with anna.phone() as phone:
        topic = await phone.join(anna.address).ready()
        declined = await ask(ben, "invitations.decline", relationship_id=opened["relationship_id"])
        assert (await topic.next_push("invitations.declined")).event == declined
    assert (await mine(anna))["sent"] == []
    again = await ask(anna, "invitations.open", email=ben.email)
    assert [kept["relationship_id"] for kept in (await mine(ben))["received"]] == [
        again["relationship_id"]
    ]


async def test_a_revoked_invitation_leaves_both_screens(anna: Person, ben: Person) -> None:
    opened = await ask(anna, "invitations.open", email=ben.email)
    relationship_id = opened["relationship_id"]
    async with ben.phone() as phone:
        topic = await phone.join(ben.address).ready()
        revoked = await ask(anna, "invitations.revoke", relationship_id=relationship_id)
        assert (await topic.next_push("invitations.revoked")).event == revoked
    refused = await refusal_of(ben, "invitations.accept", relationship_id=relationship_id)
    assert refused.code == "invitations.not_found"
    refused = await refusal_of(anna, "invitations.revoke", relationship_id=relationship_id)
    assert refused.code == "invitations.not_found"
    assert (await mine(ben))["received"] == []


async def test_only_who_sent_it_revokes_and_only_who_got_it_declines(
    anna: Person, ben: Person, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    opened = await ask(anna, "invitations.open", email=ben.email)
    relationship_id = opened["relationship_id"]
    for tag in ("invitations.revoke", "invitations.decline", "invitations.accept"):
        refused = await refusal_of(carl, tag, relationship_id=relationship_id)
        assert refused.code == "invitations.not_found"
    assert len((await mine(ben))["received"]) == 1


async def test_who_is_blocked_may_invite_and_is_not_heard(anna: Person, ben: Person) -> None:
    opened = await ask(anna, "invitations.open", email=ben.email)
    decline = {"relationship_id": opened["relationship_id"], "block": True}
    await ask(ben, "invitations.decline", **decline)
    await until_quiet(anna.node)
    again = await ask(anna, "invitations.open", email=ben.email)
    assert set(again) == set(opened)
    assert (await mine(ben))["received"] == []
    refused = await refusal_of(ben, "invitations.accept", relationship_id=again["relationship_id"])
    assert refused.code == "invitations.not_found"
    assert (await read(ben, "/v1/blocks")).json() == [
        {"user_id": str(anna.user_id), "name": "Anna"}
    ]

    await ask(ben, "relationships.unblock", user_id=str(anna.user_id))
    assert len((await mine(ben))["received"]) == 1
    await ask(ben, "invitations.accept", relationship_id=again["relationship_id"])
    assert (await read(ben, "/v1/blocks")).json() == []


async def test_two_people_have_one_relationship_at_a_time(anna: Person, ben: Person) -> None:
    await unite(anna, ben)
    opened = await ask(ben, "invitations.open", email=anna.email)
    refused = await refusal_of(
        anna, "invitations.accept", relationship_id=opened["relationship_id"]
    )
    assert refused.code == "relationships.already_together"


async def test_invitations_that_cross_make_one_relationship(anna: Person, ben: Person) -> None:
    annas = await ask(anna, "invitations.open", email=ben.email)
    bens = await ask(ben, "invitations.open", email=anna.email)
    answers = await asyncio.gather(
        ask(ben, "invitations.accept", relationship_id=annas["relationship_id"]),
        ask(anna, "invitations.accept", relationship_id=bens["relationship_id"]),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [refusal.code for refusal in refused] == ["relationships.already_together"]


async def test_an_invitation_needs_an_address_or_a_code_that_is_not_guessed(anna: Person) -> None:
    for fields, code in (
        ({}, "invitations.unaddressed"),
        ({"email": "ben@example.org", "code": new_code()}, "invitations.unaddressed"),
        ({"code": "AAAAAAAAAAAA"}, "invitations.weak_code"),
        ({"code": "------------"}, "invitations.weak_code"),
        ({"code": "short"}, "invalid"),
        ({"code": "ILLEGAL-ILLEGAL-U"}, "invalid"),
        ({"email": "nobody"}, "invalid"),
        ({"email": "ben@example.org", "privacy_level": "none"}, "invalid"),
    ):
        refused = await refusal_of(anna, "invitations.open", **fields)
        assert refused.code == code, fields


async def test_a_code_stands_for_one_invitation(anna: Person, ben: Person) -> None:
    code = new_code()
    await ask(anna, "invitations.open", code=code)
    refused = await refusal_of(ben, "invitations.open", code=code)
    assert refused.code == "invitations.weak_code"


async def test_relationships_and_invitations_have_a_limit(anna: Person, ben: Person) -> None:
    assert INVITATIONS_PER_DAY_MAX <= RELATIONSHIPS_MAX
    for number in range(INVITATIONS_PER_DAY_MAX - 1):
        await ask(anna, "invitations.open", email=f"friend{number}@example.org")
    last = await ask(anna, "invitations.open", code=new_code())
    refused = await refusal_of(anna, "invitations.open", code=new_code())
    assert refused.code == "relationships.too_many"
    bens = await ask(ben, "invitations.open", email=anna.email)
    refused = await refusal_of(anna, "invitations.accept", relationship_id=bens["relationship_id"])
    assert refused.code == "relationships.too_many"

    await ask(anna, "invitations.revoke", relationship_id=last["relationship_id"])
    refused = await refusal_of(anna, "invitations.open", code=new_code())
    assert refused.code == "invitations.too_many"
    assert refused.facts["count_max"] == INVITATIONS_PER_DAY_MAX
    await ask(anna, "invitations.accept", relationship_id=bens["relationship_id"])

    await later(anna, ben, days=14)
    opened = await ask(anna, "invitations.open", email="friend0@example.org")
    sent = (await mine(anna))["sent"]
    assert [kept["relationship_id"] for kept in sent] == [opened["relationship_id"]]
    rows = await fetch("SELECT status, count(*) AS n FROM invitation GROUP BY 1")
    assert {row["status"]: row["n"] for row in rows}["expired"] >= INVITATIONS_PER_DAY_MAX - 1


async def test_an_invitation_waits_for_who_signs_up_later(
    anna: Person, node: Node, clock: FakeClock
) -> None:
    eva = await sign_up(node, clock, "Eva")
    number, rest = eva.email.split(".", 2)[1:]
    later = f"dora.{int(number) + 1}.{rest}"
    opened = await ask(anna, "invitations.open", email=later)
    dora = await sign_up(node, clock, "Dora")
    assert dora.email == later
    received = (await mine(dora))["received"]
    assert [kept["relationship_id"] for kept in received] == [opened["relationship_id"]]


async def test_what_is_sent_again_is_done_once(anna: Person, ben: Person, clock: FakeClock) -> None:
    command_id = uuid7(int(clock.now().timestamp() * 1000))
    wish = {"type": "invitations.open", "email": ben.email}
    async with anna.phone() as phone:
        first = await phone.ask(wish, id=command_id)
        assert await phone.ask(wish, id=command_id) == first
    assert first["relationship_id"] == str(command_id)
    assert first["expires_at"].startswith(str((clock.now() + timedelta(days=14)).date()))
    assert len((await mine(anna))["sent"]) == 1


async def test_whom_one_is_together_with_is_not_blocked_by_declining(
    anna: Person, ben: Person
) -> None:
    by_email = await ask(ben, "invitations.open", email=anna.email)
    await unite(ben, anna)
    declined = {"relationship_id": by_email["relationship_id"], "block": True}
    refused = await refusal_of(anna, "invitations.decline", **declined)
    assert refused.code == "relationships.already_together"
    assert await fetch("SELECT FROM block WHERE user_id = $1", anna.user_id) == []
    await ask(anna, "invitations.decline", relationship_id=by_email["relationship_id"])


async def test_who_is_blocked_while_they_accept_is_refused(
    anna: Person, ben: Person, servers: Servers
) -> None:
    opened = await ask(anna, "invitations.open", email=ben.email)
    pair = "relationships/" + "/".join(sorted((str(anna.user_id), str(ben.user_id))))
    holder = await asyncpg.connect(servers.urls.owner)
    try:
        async with holder.transaction():
            # What Anna's own lane does when she declines Ben's invitation and blocks him.
            await holder.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", pair)
            accepting = asyncio.create_task(
                refusal_of(ben, "invitations.accept", relationship_id=opened["relationship_id"])
            )

            async def waits() -> bool:
                return bool(
                    await fetch("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                )

            await until(waits)
            await holder.execute(
                "INSERT INTO block (user_id, blocked_id, created_at) VALUES ($1, $2, $3)",
                *(anna.user_id, ben.user_id, anna.clock.now()),
            )
        assert (await accepting).code == "invitations.not_found"
        assert (await read(ben, "/v1/relationships")).json() == []
    finally:
        await holder.close()


async def test_a_name_that_changes_while_a_relationship_begins_is_known_to_it(
    anna: Person, ben: Person, node: Node
) -> None:
    opened = await ask(anna, "invitations.open", email=ben.email)
    async with anna.phone() as annas, ben.phone() as bens:
        accept = {"type": "invitations.accept", "relationship_id": opened["relationship_id"]}
        await bens.ask(accept)
        # The relationship's actor was told how the two were when Ben accepted.
        await annas.ask({"type": "identity.change_profile", "name": "Ada"})
        await bens.ask({"type": "identity.change_profile", "name": "Bob"})
        await until_quiet(node)
    (membership,) = [
        state
        for actor in node.house.system.actors.values()
        for part, state in actor.states.items()
        if part.name == "membership" and str(opened["relationship_id"]) in actor.address
    ]
    assert [member.name for member in membership.members] == ["Ada", "Bob"]


async def test_who_has_not_proved_the_address_is_not_who_was_invited(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    """Eve signs up with Ben's address before he does, and waits for what is sent to him."""
    eve = await sign_up(node, clock, "Eve", is_proved=False)
    async with eve.phone() as phone:
        topic = await phone.join(eve.address).ready()
        opened = await ask(anna, "invitations.open", email=eve.email)
        assert (await mine(eve))["received"] == []
        accept = {"relationship_id": opened["relationship_id"]}
        for tag in ("invitations.accept", "invitations.decline"):
            refused = await refusal_of(eve, tag, **accept)
            assert refused.code == "invitations.not_found"
        assert topic.snapshot is not None
    assert (await read(eve, "/v1/notifications")).json()["items"] == []
    await fetch('UPDATE "user" SET email_verified_at = $2 WHERE id = $1', eve.user_id, clock.now())
    assert len((await read(eve, "/v1/invitations")).json()["received"]) == 1
    await ask(eve, "invitations.accept", **accept)
