"""Ids and moments: done once, by who made it, of about now; and numbers that were never given."""

import asyncio
from datetime import timedelta

import pytest

from protocol.limits import BACK_DATED_MAX, ID_AHEAD_MAX, ID_KEPT, MADE_AT_SKEW_MAX
from tests.gateway.conftest import Kept
from tests.gateway.raw import Format, raw, somebody
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVE = {"type": "identity.change_profile", "name": "Eve"}
LOG = {"type": "moods.log", "mood": "fine", "mood_score": 7}


async def test_the_same_id_again_is_answered_as_before_and_done_once(
    node: Node, clock: FakeClock, anna: Person, kept: Kept
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        call_id = phone.new_id()
        first = await phone.rename("Eve", id=call_id)
        await phone.rename("Ada")
        before = await kept.look()
        again = await phone.rename("Eve", id=call_id)
        assert again == first
        assert first["ok"]["profile"]["name"] == "Eve"
        async with raw(node, clock, "msgpack") as other:
            await other.hello(anna.token)
            assert await other.rename("Eve", id=call_id) == first
        assert await kept.look() == before


async def test_the_same_id_with_another_body_is_refused(
    node: Node, clock: FakeClock, anna: Person, kept: Kept
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        call_id = phone.new_id()
        await phone.rename("Eve", id=call_id)
        before = await kept.look()
        refused = (await phone.rename("Mallory", id=call_id))["refused"]
        assert refused["code"] == "id_reused"
        assert refused["temporary"] is False
        assert await kept.look() == before


async def test_the_same_id_of_another_person_is_refused(
    node: Node, clock: FakeClock, anna: Person, ben: Person, kept: Kept
) -> None:
    async with raw(node, clock) as annas, raw(node, clock) as bens:
        await annas.hello(anna.token)
        await bens.hello(ben.token)
        call_id = annas.new_id()
        await annas.rename("Eve", id=call_id)
        before = await kept.look()
        for name in ("Eve", "Bob"):
            assert (await bens.rename(name, id=call_id))["refused"]["code"] == "id_reused"
        assert await kept.look() == before


async def test_twice_in_one_batch_is_done_once(
    node: Node, clock: FakeClock, anna: Person, kept: Kept
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        await phone.next("joined", topic=anna.address)
        before = await kept.look()
        call_id = phone.new_id()
        call = {"type": "call", "id": call_id, "do": EVE}
        await phone.send([call, call, {**call, "do": {**EVE, "name": "Mallory"}}])
        replies = [await phone.next("reply", id=call_id) for _ in range(3)]
        refused = [reply["refused"]["code"] for reply in replies if "refused" in reply]
        granted = [reply["ok"] for reply in replies if "ok" in reply]
        assert refused == ["id_reused"]
        assert granted == [granted[0], granted[0]]
        assert (await kept.look())["events"] == before["events"] + 1


async def test_twice_at_once_from_two_devices_is_done_once(
    node: Node, clock: FakeClock, anna: Person, kept: Kept
) -> None:
    async with raw(node, clock) as one, raw(node, clock, "msgpack") as two:
        await one.hello(anna.token)
        await two.hello(anna.token)
        before = await kept.look()
        call_id = one.new_id()
        first, second = await asyncio.gather(
            one.rename("Eve", id=call_id), two.rename("Eve", id=call_id)
        )
        assert first == second
        assert "ok" in first
        assert (await kept.look())["events"] == before["events"] + 1


@pytest.mark.usefixtures("nothing_changes")
async def test_an_id_too_old_to_be_known_is_refused(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        refused = (await phone.rename("Eve", id=phone.new_id(days=ID_KEPT.days, seconds=1)))[
            "refused"
        ]
        assert (refused["code"], refused["facts"]) == ("id_expired", {"days_max": 35})


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    "call_id",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "8c6fd0e2-9d1b-4c2f-9a3e-5d6a1f0b7c11",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
    ],
)
async def test_an_id_that_tells_no_time_is_refused(
    node: Node, clock: FakeClock, anna: Person, call_id: str
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        assert (await phone.rename("Eve", id=call_id))["refused"]["code"] == "id_not_timed"


async def test_an_id_a_little_ahead_is_taken_and_one_further_ahead_is_not(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    ahead_s = ID_AHEAD_MAX.total_seconds()
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        assert "ok" in await phone.rename("Eve", id=phone.new_id(seconds=-ahead_s))
        too_far = phone.new_id(seconds=-ahead_s - 1)
        assert (await phone.rename("Eve", id=too_far))["refused"]["code"] == "id_not_timed"


@pytest.mark.usefixtures("nothing_changes")
async def test_what_lies_in_the_future_has_not_happened(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    ahead = (clock.now() + MADE_AT_SKEW_MAX * 2).isoformat()
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        refused = (await phone.rename("Eve", made_at=ahead))["refused"]
        assert (refused["code"], refused["facts"]) == ("made_at_ahead", {"ahead_s": 10})


async def test_a_clock_a_little_ahead_is_forgiven(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        ahead = (clock.now() + MADE_AT_SKEW_MAX).isoformat()
        assert "ok" in await phone.rename("Eve", made_at=ahead)


@pytest.mark.usefixtures("nothing_changes")
async def test_what_may_not_be_told_late_is_refused(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        late = (clock.now() - MADE_AT_SKEW_MAX * 2).isoformat()
        refused = (await phone.rename("Eve", made_at=late))["refused"]
        assert (refused["code"], refused["facts"]) == (
            "made_at_too_old",
            {"back_dated_max_s": 0},
        )
        very_late = (clock.now() - BACK_DATED_MAX * 2).isoformat()
        to = f"relationship/{somebody()}"
        refused = (await phone.call(LOG, to=to, made_at=very_late))["refused"]
        assert (refused["code"], refused["facts"]) == (
            "made_at_too_old",
            {"back_dated_max_s": 172_800},
        )


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    "made_at",
    [
        "yesterday",
        "2026-03-02",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",  # In UTC there is no such moment.
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        0,
    ],
)
async def test_moments_at_the_ends_of_time_are_refused(
    node: Node, clock: FakeClock, anna: Person, made_at: object
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        await phone.send({"type": "call", "id": phone.new_id(), "do": EVE, "made_at": made_at})
        await phone.send({"type": "join", "topic": "x"})
        await phone.next("problem", topic="x")
        refused = [frame["refused"] for frame in await phone.said("problem")]
        refused += [frame["refused"] for frame in await phone.said("reply")]
        assert len(refused) == 1
        assert refused[0]["code"] in {"invalid", "made_at_ahead", "made_at_too_old"}


@pytest.mark.parametrize("format", ["json", "msgpack"])
async def test_a_moment_without_a_zone_is_no_moment(
    node: Node,
    clock: FakeClock,
    anna: Person,
    format: Format,  # noqa: A002
) -> None:
    async with raw(node, clock, format) as phone:
        await phone.hello(anna.token)
        here = (clock.now() + timedelta(hours=2)).replace(tzinfo=None).isoformat()
        refused = (await phone.rename("Eve", made_at=here))["refused"]
        assert (refused["code"], refused["facts"]["path"]) == ("invalid", "$.made_at")
        assert (await phone.rename("Ida", made_at=f"{here}+02:00"))["ok"]
        assert (await phone.rename("Ada", made_at=f"{clock.now():%Y-%m-%dT%H:%M:%S}Z"))["ok"]
