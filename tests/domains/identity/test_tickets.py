"""Tickets: one opens one socket, once, within half a minute."""

import asyncio

import pytest

from actors.principal import Principal
from backend.domains.identity import redeem_many, redeem_ticket
from protocol.common import Unauthenticated
from tests.domains.identity.door import Door, Owner


async def ticket_for(door: Door, access_token: str) -> str:
    answer = await door.post("ticket", token=access_token)
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in"] == 30
    ticket: str = answer.json()["ticket"]
    return ticket


async def test_a_ticket_opens_once(door: Door) -> None:
    told = await door.sign_up()
    ticket = await ticket_for(door, told["access_token"])
    principal = await redeem_ticket(ticket, door.clock.now())
    assert str(principal.user_id) == told["user"]["id"]
    assert principal.session_id is not None
    with pytest.raises(Unauthenticated):
        await redeem_ticket(ticket, door.clock.now())


async def test_a_ticket_shown_many_times_at_once_opens_once(door: Door) -> None:
    told = await door.sign_up()
    ticket = await ticket_for(door, told["access_token"])
    now = door.clock.now()
    at_once = await asyncio.gather(*(redeem_many([ticket, ticket], now) for _ in range(5)))
    opened = [principal for found in at_once for principal in found if principal]
    assert len(opened) == 1
    assert isinstance(opened[0], Principal)


@pytest.mark.parametrize(("seconds", "opens"), [(29, True), (30, False)])
async def test_a_ticket_runs_out(door: Door, seconds: int, *, opens: bool) -> None:
    told = await door.sign_up()
    ticket = await ticket_for(door, told["access_token"])
    await door.clock.advance(seconds=seconds)
    [principal] = await redeem_many([ticket], door.clock.now())
    assert (principal is not None) is opens


async def test_a_ticket_ends_with_its_session(door: Door) -> None:
    told = await door.sign_up()
    ticket = await ticket_for(door, told["access_token"])
    await door.post("sign-out", token=told["access_token"])
    assert await redeem_many([ticket], door.clock.now()) == [None]


async def test_a_token_is_no_ticket_and_a_ticket_no_token(door: Door) -> None:
    told = await door.sign_up()
    ticket = await ticket_for(door, told["access_token"])
    assert not await door.opens(ticket)
    swapped = "tdt_" + told["access_token"].removeprefix("tda_")
    found = await redeem_many([told["access_token"], swapped, "", "tdt_x"], door.clock.now())
    assert found == [None] * 4


async def test_a_session_hoards_no_tickets(door: Door, owner: Owner) -> None:
    told = await door.sign_up()
    tickets = []
    for _ in range(10):
        tickets.append(await ticket_for(door, told["access_token"]))
        await door.clock.advance(seconds=1)
    assert await owner.fetchval("SELECT count(*) FROM socket_ticket") == 8
    found = await redeem_many(tickets, door.clock.now())
    assert [principal is not None for principal in found] == [False] * 2 + [True] * 8
