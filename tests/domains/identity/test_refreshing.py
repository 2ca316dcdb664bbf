"""Refreshing: a token is exchanged once; a thief's copy ends the session, an honest one not."""

import asyncio
from typing import Any

from tests.domains.identity.door import Door, Owner


async def refreshed(door: Door, refresh_token: str) -> dict[str, Any]:
    answer = await door.refresh(refresh_token)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def tokens(told: dict[str, Any]) -> tuple[str, str]:
    return told["access_token"], told["refresh_token"]


async def test_a_refresh_gives_a_new_pair_and_ends_the_former(door: Door) -> None:
    first = await door.sign_up()
    second = await refreshed(door, first["refresh_token"])
    assert set(tokens(first)).isdisjoint(tokens(second))
    assert second["expires_in"] == 900
    assert second["user"] == first["user"]
    assert await door.opens(second["access_token"])
    assert not await door.opens(first["access_token"])


async def test_an_access_token_runs_out_and_a_refresh_goes_on(door: Door) -> None:
    told = await door.sign_up()
    await door.clock.advance(minutes=14, seconds=59)
    assert await door.opens(told["access_token"])
    await door.clock.advance(seconds=1)
    assert not await door.opens(told["access_token"])
    told = await refreshed(door, told["refresh_token"])
    assert await door.opens(told["access_token"])


async def test_two_tabs_at_once_get_the_same_pair(door: Door, owner: Owner) -> None:
    first = await door.sign_up()
    told = await asyncio.gather(*(refreshed(door, first["refresh_token"]) for _ in range(8)))
    assert len({tokens(one) for one in told}) == 1
    assert await door.opens(told[0]["access_token"])
    assert await owner.fetchval("SELECT count(*) FROM refresh_token") == 2


async def test_a_tab_may_be_a_little_late(door: Door) -> None:
    first = await door.sign_up()
    second = await refreshed(door, first["refresh_token"])
    assert await door.opens(second["access_token"])
    await door.clock.advance(seconds=30)
    late = await refreshed(door, first["refresh_token"])
    assert tokens(late) == tokens(second)
    assert late["expires_in"] == 870
    assert door.closed == []


async def test_a_copy_shown_later_ends_the_session_for_all(door: Door, owner: Owner) -> None:
    first = await door.sign_up()
    other = await door.sign_in()
    second = await refreshed(door, first["refresh_token"])
    assert await door.opens(second["access_token"])
    await door.clock.advance(seconds=31)

    stolen = await door.refresh(first["refresh_token"])

    assert stolen.status_code == 401
    assert stolen.json()["code"] == "identity.refresh_token_reused"
    assert not await door.opens(second["access_token"])
    assert (await door.refresh(second["refresh_token"])).json()["code"] == "unauthenticated"
    assert (await door.refresh(first["refresh_token"])).json()["code"] == "unauthenticated"
    ended = await owner.fetchval(
        "SELECT id FROM session WHERE revoke_reason = 'refresh_token_reused'"
    )
    assert door.closed == [([ended], "refresh_token_reused")]
    assert await door.opens(other["access_token"]), "the other session goes on"


async def test_a_thief_within_the_grace_is_noticed_at_the_next_refresh(door: Door) -> None:
    first = await door.sign_up()
    owners = await refreshed(door, first["refresh_token"])
    thiefs = await refreshed(door, first["refresh_token"])
    assert await door.opens(owners["access_token"])
    await door.clock.advance(minutes=15)
    owners = await refreshed(door, owners["refresh_token"])
    assert await door.opens(owners["access_token"])
    await door.clock.advance(minutes=15)
    assert (await door.refresh(thiefs["refresh_token"])).status_code == 401
    assert not await door.opens(owners["access_token"])


async def test_two_exchanges_back_is_reuse_even_at_once(door: Door) -> None:
    first = await door.sign_up()
    second = await refreshed(door, first["refresh_token"])
    await refreshed(door, second["refresh_token"])
    again = await door.refresh(first["refresh_token"])
    assert again.json()["code"] == "identity.refresh_token_reused"


async def test_a_lost_answer_may_be_asked_for_again_for_a_day(door: Door) -> None:
    first = await door.sign_up()
    lost = await refreshed(door, first["refresh_token"])
    await door.clock.advance(hours=23)
    found = await refreshed(door, first["refresh_token"])
    assert found["refresh_token"] == lost["refresh_token"]
    assert found["expires_in"] == 900, "the lost access token has run out meanwhile"
    assert await door.opens(found["access_token"])
    assert not await door.opens(lost["access_token"])
    await door.clock.advance(seconds=31)
    reused = await door.refresh(first["refresh_token"])
    assert reused.json()["code"] == "identity.refresh_token_reused", "the answer was not lost"


async def test_a_day_after_a_lost_answer_it_is_too_late(door: Door) -> None:
    first = await door.sign_up()
    await refreshed(door, first["refresh_token"])
    await door.clock.advance(hours=24, seconds=1)
    reused = await door.refresh(first["refresh_token"])
    assert reused.json()["code"] == "identity.refresh_token_reused"


async def test_a_session_ends_when_it_is_not_refreshed_for_sixty_days(door: Door) -> None:
    told = await door.sign_up()
    await door.clock.advance(days=59)
    told = await refreshed(door, told["refresh_token"])
    await door.clock.advance(days=59)
    told = await refreshed(door, told["refresh_token"])
    await door.clock.advance(days=60)
    assert (await door.refresh(told["refresh_token"])).json()["code"] == "unauthenticated"


async def test_a_session_ends_after_a_year_however_much_it_is_used(door: Door) -> None:
    told = await door.sign_up()
    for _ in range(12):
        await door.clock.advance(days=30)
        told = await refreshed(door, told["refresh_token"])
    await door.clock.advance(days=4, hours=23, minutes=59)
    told = await refreshed(door, told["refresh_token"])
    assert told["expires_in"] == 60
    await door.clock.advance(minutes=1)
    assert not await door.opens(told["access_token"])
    assert (await door.refresh(told["refresh_token"])).status_code == 401


async def test_what_is_no_refresh_token_is_refused_alike(door: Door) -> None:
    told = await door.sign_up()
    for shown in (
        "",
        "x",
        told["access_token"],
        "tdr_" + told["access_token"].removeprefix("tda_"),
        told["refresh_token"] + "A",
        told["refresh_token"][:-1],
        told["refresh_token"].upper(),
    ):
        answer = await door.refresh(shown)
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthenticated"
    assert await door.opens(told["access_token"])


async def test_only_the_salt_of_the_latest_exchange_is_kept(door: Door, owner: Owner) -> None:
    told = await door.sign_up()
    for _ in range(3):
        told = await refreshed(door, told["refresh_token"])
    assert await owner.fetchval("SELECT count(successor_salt) FROM refresh_token") == 1


async def test_refreshes_of_one_session_are_limited(door: Door) -> None:
    told = await door.sign_up()
    for _ in range(20):
        told = await refreshed(door, told["refresh_token"])
    answer = await door.refresh(told["refresh_token"])
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"
    await door.clock.advance(seconds=3)
    assert (await door.refresh(told["refresh_token"])).status_code == 200
