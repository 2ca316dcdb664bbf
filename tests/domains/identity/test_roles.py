"""Roles: given and taken while people are connected, by those who run Tandem."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.domains.identity import change_role
from backend.domains.identity.ended_sessions import LOOK_EVERY_S
from protocol.clients.python import Refused
from protocol.closing import Closing
from protocol.messages import Role
from tests.domains.identity.door import Door, Owner
from tests.support.clock import FakeClock
from tests.support.commands import Said, beside, tandem
from tests.support.node import Node
from tests.support.people import Person, sign_up, with_phones
from tests.support.servers import Servers

SAY = {"type": "announcements.publish", "message": "Tonight at ten we move house."}
NOWHERE = "postgresql://tandem@127.0.0.1:1/tandem"


async def become(person: Person, role: Role) -> Role | None:
    """Give somebody a role, as another process does it; returns the one they had."""
    return await change_role(person.email.upper(), role, person.clock.now())


async def test_an_admin_speaks_to_everybody_from_the_next_hello_on(
    node: Node, clock: FakeClock
) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    async with with_phones(anna, ben) as [annas, bens]:
        assert await become(anna, Role.ADMIN) is Role.USER
        with pytest.raises(Refused) as refused:
            await annas.ask(SAY, to="announcements")
        assert refused.value.code == "forbidden"

        async with with_phones(anna) as [again]:
            await again.ask(SAY, to="announcements")
        assert (await bens.next_push("announcements.published")).event["message"] == SAY["message"]
        assert annas.state.name == "open"


async def test_an_admin_speaks_over_http_from_the_next_request_on(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    assert (await anna.post("announcements.publish", message="Hello")).status_code == 403
    await become(anna, Role.ADMIN)
    assert (await anna.post("announcements.publish", message="Hello")).status_code == 200


async def test_who_is_no_admin_any_more_is_signed_out_everywhere(
    node: Node, clock: FakeClock
) -> None:
    anna, ben = (
        await sign_up(node, clock, "Anna", role=Role.ADMIN),
        await sign_up(node, clock, "Ben"),
    )
    async with with_phones(anna, anna, ben) as [phone, tablet, bens]:
        assert await become(anna, Role.USER) is Role.ADMIN
        assert (await anna.post("announcements.publish", message="Hello")).status_code == 401

        await clock.advance(seconds=LOOK_EVERY_S)

        for device in (phone, tablet):
            assert (await device.until("closed", timeout_s=5)).code == Closing.SESSION_REVOKED
        assert bens.state.name == "open"


async def test_a_role_somebody_has_already_changes_nothing(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna", role=Role.ADMIN)
    async with with_phones(anna) as [phone]:
        assert await become(anna, Role.ADMIN) is Role.ADMIN
        await clock.advance(seconds=LOOK_EVERY_S)
        await phone.ask(SAY, to="announcements")


async def test_nobody_becomes_an_admin_by_an_address_nobody_has(door: Door) -> None:
    assert await change_role("nobody@example.org", Role.ADMIN, door.clock.now()) is None


async def test_the_command_gives_a_role_and_takes_it_back(
    door: Door, owner: Owner, servers: Servers
) -> None:
    # The command has the machine's clock, by which a session of the past has ended by itself.
    behind = max(timedelta(), datetime.now(UTC) - door.clock.now())
    await door.clock.jump(seconds=behind.total_seconds())
    token = (await door.sign_up("anna@example.org"))["access_token"]
    environ = {"DATABASE_URL": servers.urls.app}

    granted = await tandem("admin", " Anna@example.org ", **environ)
    assert (granted.code, granted.err) == (0, "")
    assert "is an admin, from their next request" in granted.out
    assert (await door.ask("GET", "/v1/me", token=token)).json()["role"] == "admin"
    assert "an admin already; nothing" in (await beside("admin", "anna@example.org", **environ)).out

    taken = await beside("admin", "anna@example.org", "--revoke", **environ)
    assert (taken.code, taken.out.count("signed out everywhere")) == (0, 1)
    assert not await door.opens(token)
    assert await owner.fetchval("SELECT revoke_reason FROM session") == "role_taken"
    assert (await door.sign_in("anna@example.org"))["user"]["role"] == "user"
    again = await beside("admin", "anna@example.org", "--revoke", **environ)
    assert "is no admin; nothing was changed" in again.out


async def test_a_tier_and_flags_are_given_with_a_note_why(
    door: Door, owner: Owner, servers: Servers
) -> None:
    behind = max(timedelta(), datetime.now(UTC) - door.clock.now())
    await door.clock.jump(seconds=behind.total_seconds())
    token = (await door.sign_up("anna@example.org"))["access_token"]

    async def user(*words: str) -> Said:
        return await beside("user", "Anna@example.org", *words, DATABASE_URL=servers.urls.app)

    assert (await user()).out == "Anna@example.org is of the tier free; flags: {}\n"
    note = ("--note", "She helps us test.", "--by", "olga")
    assert "the tier premium; flags: {}" in (await user("--tier", "premium", *note)).out
    assert '{"beta":true}' in (await user("--flags", '{"beta": true}', *note)).out
    shown = (await door.ask("GET", "/v1/me", token=token)).json()
    assert (shown["tier"], shown["flags"]) == ("premium", {"beta": True})
    for wrong in (
        ("--tier", "premium"),
        ("--tier", "Gold", *note),
        ("--flags", "[]", *note),
        ("--flags", "{", *note),
        ("--flags", '{"beta": {"of": 1}}', *note),
    ):
        said = await user(*wrong)
        assert (said.code, said.err.startswith("Nothing was changed: ")) == (1, True)
    rows = await owner.fetch("SELECT tier, flags, note, operator FROM account_note ORDER BY id")
    kept = ("premium", '{"beta": true}', "She helps us test.", "olga")
    assert [tuple(row) for row in rows] == [("premium", "{}", *kept[2:]), kept]


@pytest.mark.parametrize("email", ["ben@example.org", "", "'; DROP TABLE session; --", "\udcff"])
async def test_the_command_names_an_address_nobody_has(
    door: Door, servers: Servers, email: str
) -> None:
    await door.sign_up("anna@example.org")
    said = await beside("admin", email, DATABASE_URL=servers.urls.app)
    assert said.code == 1
    assert said.err


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "nothing runs in"),
        ({"DATABASE_URL": NOWHERE}, "The database cannot be reached"),
        ({"DATABASE_URL": "not a database"}, "The database cannot be reached"),
    ],
)
async def test_the_command_names_a_database_it_cannot_use(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    said = await tandem("admin", "anna@example.org", "--data", str(tmp_path), **environ)
    assert said.code != 0
    assert sentence in said.err
