"""What the two agreed on, and who they are: changed by one, seen by the other."""

from typing import Any

import pytest

from backend.persistence.database import fetch
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read, snapshot_of, unite
from tests.support.node import Node
from tests.support.people import sign_up
from tests.support.verify import until_quiet


async def test_what_is_left_out_stays_and_null_takes_a_date_away(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        dates = {"start_date": "2019-05-04", "anniversary_date": "2021-07-17"}
        await anna.do("relationships.change", relationship_type="married", **dates)
        seen = (await ben.sees("relationships.changed"))["relationship"]
        assert seen["relationship_type"] == "married"
        assert {name: seen[name] for name in dates} == dates

        await ben.do("relationships.change", anniversary_date=None)
        seen = (await anna.sees("relationships.changed"))["relationship"]
        seen = (await anna.sees("relationships.changed"))["relationship"]
        assert (seen["start_date"], seen["anniversary_date"]) == ("2019-05-04", None)
        assert (await ben.snapshot())["membership"] == seen
        path = f"/v1/relationships/{couple.relationship_id}"
        assert (await read(couple.ben, path)).json() == seen


async def test_what_changes_nothing_is_not_published(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        await anna.do("relationships.change", relationship_type="couple")
        told = await anna.do("relationships.change", relationship_type="friends")
        assert await ben.sees("relationships.changed") == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"relationship_type": "It's complicated"},
        {"relationship_type": ""},
        {"start_date": "2026-02-30"},
        {"privacy_level": None},
        {"status": "ended"},
        {"status": "invited"},
    ],
)
async def test_what_cannot_be_agreed_on_is_refused(couple: Couple, wrong: dict[str, Any]) -> None:
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused) as refused:
            await anna.do("relationships.change", **wrong)
    assert refused.value.code == "invalid"


@pytest.mark.parametrize("is_asleep", [False, True])
async def test_a_new_name_reaches_every_relationship(
    couple: Couple, node: Node, clock: FakeClock, *, is_asleep: bool
) -> None:
    carl = await sign_up(node, clock, "Carl")
    other = Couple(couple.anna, carl, await unite(couple.anna, carl))
    async with couple.phones() as (anna, ben), other.phones() as (_, carls):
        if is_asleep:
            await until_quiet(node)
            node.house.system.actors.clear()
        await anna.do_alone("identity.change_profile", name="Anna B.", time_zone="Asia/Tokyo")
        member = {
            "user_id": str(couple.anna.user_id),
            "name": "Anna B.",
            "time_zone": "Asia/Tokyo",
            "time_zone_before": "Europe/Berlin",
            "time_zone_from": "2026-03-03",
        }
        for partner in (ben, carls):
            assert (await partner.sees("relationships.member_changed"))["member"] == member
        members = (await ben.snapshot())["membership"]["members"]
        assert members[0] == member
        assert [member["name"] for member in members] == ["Anna B.", "Ben"]
        # Her day goes on by the former clock.
        told = await anna.check_in()
        assert told["check_in"]["local_day"] == "2026-03-02"
        assert (await ben.hears("notifications.arrived"))["items"][-1]["title"] == (
            "Anna B. checked in"
        )


async def test_whoever_left_hears_no_more_of_a_new_name(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        await ben.do("relationships.leave")
        await anna.hears("relationships.ended")
        await anna.do_alone("identity.change_profile", name="Anna C.")
        await until_quiet(couple.anna.node)
        assert "Anna C." not in str(await snapshot_of(couple.ben, couple.ben.address))
    rows = await fetch(
        "SELECT body FROM event WHERE topic = ANY($1)", [couple.address, couple.ben.address]
    )
    assert not any("Anna C." in row["body"] for row in rows)


async def test_a_phone_learns_from_its_own_topic_what_to_join(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    await unite(carl, couple.anna)
    mine = (await snapshot_of(couple.anna, couple.anna.address))["relationships"]
    names = [[member["name"] for member in one["members"]] for one in mine["relationships"]]
    assert sorted(names) == [["Anna", "Ben"], ["Carl", "Anna"]]


async def test_presence_is_seen_by_the_partner_alone(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    stranger = await sign_up(node, clock, "Mallory")
    async with couple.phones() as (anna, ben), stranger.phone() as phone:
        phone.set_presence(couple.address, doing="checking_in")
        with pytest.raises(Refused, match="not_found"):
            await phone.join(couple.address).ready()
        ben.client.set_presence(couple.address, doing="checking_in")
        while True:
            presence = await anna.client.next_presence(topic=couple.address)
            if presence.doing is not None:
                break
        assert presence.user_id == couple.ben.user_id
        assert presence.doing == "checking_in"
