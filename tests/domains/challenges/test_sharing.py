"""Anna shares a promise with several people, and takes it back; who came later judges no money."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from backend.domains.challenges import jobs, parting
from backend.domains.challenges.values import FOLLOWERS_MAX
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read, snapshot_of, unite
from tests.support.people import Person, sign_up
from tests.support.promises import Promise, can_stake, let_pass, owns, promise, stake, with_partner
from tests.support.verify import until_quiet

NOTE = {"note": "Ten pages."}
FIRST = "2026-03-02"


@dataclass
class Friend:
    """Somebody else Anna is together with."""

    person: Person
    wanted: dict[str, Any]
    """How she names them when she shares."""

    @property
    def user_id(self) -> str:
        """Them, as a client says it."""
        return str(self.person.user_id)


@pytest.fixture
async def carl(couple: Couple, clock: FakeClock) -> Friend:
    """Carl, whom Ben does not know; there is something to promise, and money to put on it."""
    await can_stake(couple.anna)
    person = await sign_up(couple.anna.node, clock, "Carl")
    relationship_id = await unite(couple.anna, person)
    wanted = {"relationship_id": str(relationship_id), "partner_id": str(person.user_id)}
    return Friend(person, wanted)


async def begin(couple: Couple, **more: Any) -> Promise:
    """Have Anna promise something with Ben."""
    async with couple.phones() as (anna, _):
        return await promise(couple, anna, **with_partner(couple), **more)


async def ask(person: Person, made: Promise, tag: str, **fields: Any) -> Any:
    """Have somebody ask a promise for something."""
    async with person.phone() as client:
        return await made.ask(client, f"challenges.{tag}", **fields)


async def refused(person: Person, made: Promise, tag: str, **fields: Any) -> str:
    """Have somebody be refused; returns with what."""
    with pytest.raises(Refused) as why:
        await ask(person, made, tag, **fields)
    return str(why.value.code)


async def share(couple: Couple, made: Promise, *friends: Friend) -> Any:
    """Have Anna share it."""
    followers = [friend.wanted for friend in friends]
    return await ask(couple.anna, made, "share", followers=followers)


async def listed(person: Person) -> list[str]:
    """Read which challenges somebody has or follows."""
    items = (await read(person, "/v1/challenges")).json()["items"]
    return [one["challenge_id"] for one in items]


async def test_a_friend_sees_all_of_it_live_until_it_is_taken_back(
    couple: Couple, carl: Friend
) -> None:
    made = await begin(couple)
    await ask(couple.anna, made, "prove", proof=NOTE)
    assert await refused(carl.person, made, "unfollow") == "not_found"
    async with carl.person.phone() as phone, couple.anna.phone() as annas:
        own = await phone.join(carl.person.address).ready()
        told = await share(couple, made, carl)
        assert {one["user_id"] for one in told["followers"]} == {
            carl.user_id,
            str(couple.ben.user_id),
        }
        shared = (await own.next_push("challenges.shared")).event
        assert shared["challenge_id"] == str(made.challenge_id)
        his = await made.follow(phone)
        assert his.snapshot is not None
        assert his.snapshot.state["challenge"]["tally"]["done"] == 0
        found = await made.occurrences(carl.person)
        assert found[FIRST]["proof"]["note"] == "Ten pages."
        await made.ask(annas, "challenges.unshare", user_id=carl.user_id)
        assert (await own.next_push("challenges.unshared")).event["challenge_id"]
    assert await listed(carl.person) == []
    assert await refused(carl.person, made, "unfollow") == "not_found"
    with pytest.raises(Refused, match="not_found"):
        await snapshot_of(carl.person, made.topic)


async def test_who_follows_is_told_nothing_of_how_others_know_the_owner(
    couple: Couple, carl: Friend
) -> None:
    made = await begin(couple)
    await share(couple, made, carl)
    for person in (carl.person, couple.ben, couple.anna):
        shown = str((await snapshot_of(person, made.topic))["challenge"])
        assert carl.wanted["relationship_id"] not in shown
        assert str(couple.relationship_id) not in shown
        assert "Carl" not in shown
        assert "Ben" not in shown


async def test_each_who_follows_is_told_of_it_once(couple: Couple, carl: Friend) -> None:
    made = await begin(couple)
    for _ in range(2):
        await share(couple, made, carl)
    for person in (couple.ben, carl.person):
        inbox = (await read(person, "/v1/notifications")).json()["items"]
        titles = [one["notification"]["title"] for one in inbox]
        assert titles.count("Anna shares a challenge with you") == 1
    assert await listed(carl.person) == [str(made.challenge_id)]


async def test_it_is_shared_with_those_one_is_together_with(
    couple: Couple, carl: Friend, clock: FakeClock
) -> None:
    made = await begin(couple)
    eve = await sign_up(couple.anna.node, clock, "Eve")
    wrong = {
        "not_found": {**carl.wanted, "partner_id": str(eve.user_id)},
        "challenges.partner_needed": {**carl.wanted, "partner_id": str(couple.anna.user_id)},
    }
    for code, wanted in wrong.items():
        assert await refused(couple.anna, made, "share", followers=[wanted]) == code
    assert await refused(couple.ben, made, "share", followers=[carl.wanted]) == (
        "challenges.not_yours"
    )
    assert await listed(eve) == []


async def test_a_challenge_has_room_for_so_many(couple: Couple, carl: Friend) -> None:
    made = await begin(couple)
    others = [
        {**carl.wanted, "partner_id": f"00000000-0000-7000-8000-{number:012}"}
        for number in range(FOLLOWERS_MAX)
    ]
    code = await refused(couple.anna, made, "share", followers=others)
    assert code == "challenges.followers_too_many"


async def test_a_friend_let_in_later_excuses_and_rules_on_no_money_but_may_doubt(
    couple: Couple, carl: Friend
) -> None:
    made = await begin(couple, stake=stake("charity"))
    await share(couple, made, carl)
    await let_pass(couple.anna, couple.ben, carl.person, days=1)
    assert await refused(carl.person, made, "excuse", key=FIRST) == "challenges.not_referee"
    await ask(couple.anna, made, "dispute", key=FIRST, note="I read in bed.")
    ruling = {"key": FIRST, "outcome": "excused"}
    assert await refused(carl.person, made, "rule", **ruling) == "challenges.not_referee"
    await ask(couple.ben, made, "rule", key=FIRST, outcome="missed")
    await ask(couple.anna, made, "prove", proof=NOTE)
    told = await ask(carl.person, made, "dispute", key="2026-03-03", note="She was out.")
    assert told["occurrence"]["status"] == "disputed"
    await let_pass(couple.anna, couple.ben, days=3)
    assert await owns(couple.anna) == (300, 600)


async def test_without_money_friends_judge_as_a_partner_does(couple: Couple, carl: Friend) -> None:
    made = await begin(couple, proof="partner")
    await share(couple, made, carl)
    done = await ask(carl.person, made, "confirm")
    assert done["occurrence"]["key"] == FIRST
    await let_pass(couple.anna, couple.ben, carl.person, days=2)
    await ask(carl.person, made, "excuse", key="2026-03-03")


async def test_who_was_named_when_money_was_put_on_it_is_not_sent_away_before_it_ends(
    couple: Couple, carl: Friend
) -> None:
    ben = str(couple.ben.user_id)
    made = await begin(couple, stake=stake("charity"))
    await share(couple, made, carl)
    assert await refused(couple.anna, made, "unshare", user_id=ben) == "challenges.follower_needed"
    assert await refused(couple.ben, made, "unshare", user_id=carl.user_id) == (
        "challenges.not_yours"
    )
    await let_pass(couple.anna, couple.ben, carl.person, days=11)
    assert await owns(couple.anna) == (300, 0)
    ended_at = "SELECT ended_at FROM user_challenge WHERE id = $1"
    before = await fetch(ended_at, made.challenge_id)
    for user_id in (ben, carl.user_id):
        await ask(couple.anna, made, "unshare", user_id=user_id)
    assert [dict(row) for row in await fetch(ended_at, made.challenge_id)] == [
        dict(row) for row in before
    ]
    assert await listed(carl.person) == []
    assert await refused(couple.anna, made, "share", followers=[carl.wanted]) == "challenges.over"


async def test_the_last_who_can_confirm_stays(couple: Couple, carl: Friend) -> None:
    made = await begin(couple, proof="partner")
    ben = str(couple.ben.user_id)
    assert await refused(couple.anna, made, "unshare", user_id=ben) == "challenges.follower_needed"
    await share(couple, made, carl)
    await ask(couple.anna, made, "unshare", user_id=ben)
    assert await refused(couple.anna, made, "unshare", user_id=ben) == "not_found"


@pytest.mark.parametrize("how", ["leave", "block"])
async def test_parting_from_a_friend_ends_their_following_and_nothing_else(
    couple: Couple, carl: Friend, how: str
) -> None:
    made = await begin(couple, stake=stake("partner"))
    await share(couple, made, carl)
    topic = f"relationship/{carl.wanted['relationship_id']}"
    async with couple.anna.phone() as phone:
        await phone.ask({"type": f"relationships.{how}"}, to=topic)
    await until_quiet(couple.anna.node)
    assert await listed(carl.person) == []
    assert await refused(carl.person, made, "unfollow") == "not_found"
    rows = await fetch(
        "SELECT user_id FROM challenge_follower WHERE user_challenge_id = $1", made.challenge_id
    )
    assert [row["user_id"] for row in rows] == [couple.ben.user_id]
    state = (await snapshot_of(couple.anna, made.topic))["challenge"]
    assert state["status"] == "running"
    assert await owns(couple.anna) == (300, 700)


async def test_parting_from_the_partner_ends_what_only_they_could_confirm_unless_friends_can(
    couple: Couple, carl: Friend
) -> None:
    alone = await begin(couple, proof="partner")
    shared = await begin(couple, proof="partner")
    await share(couple, shared, carl)
    async with couple.anna.phone() as phone:
        await phone.ask({"type": "relationships.leave"}, to=couple.address)
    await until_quiet(couple.anna.node)
    await let_pass(couple.anna, couple.ben, carl.person, minutes=1)
    statuses = [
        (await snapshot_of(couple.anna, made.topic))["challenge"]["status"]
        for made in (alone, shared)
    ]
    assert statuses == ["ended", "running"]
    await ask(carl.person, shared, "confirm")
    await later(couple.anna, minutes=1)


@pytest.mark.parametrize("needed", [{"proof": "partner"}, {"stake": stake("house")}])
async def test_a_partner_without_whom_it_could_only_be_missed_does_not_leave_the_owner_to_lose(
    couple: Couple, carl: Friend, needed: dict[str, Any]
) -> None:
    del carl
    made = await begin(couple, **{"stake": stake("charity"), **needed})
    await ask(couple.ben, made, "unfollow")
    await until_quiet(couple.anna.node)
    await let_pass(couple.anna, couple.ben, minutes=1)
    assert (await snapshot_of(couple.anna, made.topic))["challenge"]["status"] == "ended"
    assert await owns(couple.anna) == (1_000, 0)


async def test_a_partner_who_only_gains_by_it_goes_and_it_stays_promised(
    couple: Couple, carl: Friend
) -> None:
    del carl
    made = await begin(couple, stake=stake("partner"))
    await ask(couple.ben, made, "unfollow")
    await let_pass(couple.anna, couple.ben, days=4, minutes=1)
    assert (await snapshot_of(couple.anna, made.topic))["challenge"]["status"] == "running"
    assert await owns(couple.ben) == (100, 0)


async def test_what_has_ended_is_seen_no_more_by_who_has_parted_since(
    couple: Couple, carl: Friend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "PARTED_AT_ONCE_MAX", 1)
    tomorrow = {"first_day": "2026-03-03"}
    ended = [await begin(couple, **tomorrow) for _ in range(2)]
    for made in ended:
        await share(couple, made, carl)
        await ask(couple.anna, made, "call_off")
    async with carl.person.phone() as phone:
        own = await phone.join(carl.person.address).ready()
        for made in ended:
            await made.follow(phone)
        async with couple.anna.phone() as annas:
            topic = f"relationship/{carl.wanted['relationship_id']}"
            await annas.ask({"type": "relationships.leave"}, to=topic)
        await do_jobs(couple.anna)
        for _ in ended:
            await own.next_push("challenges.unshared")
    for made in ended:
        rows = "SELECT user_id FROM challenge_follower WHERE user_challenge_id = $1"
        left = [row["user_id"] for row in await fetch(rows, made.challenge_id)]
        assert left == [couple.ben.user_id]


async def do_jobs(person: Person) -> None:
    """Have a worker do what is to be done when two have parted."""
    await until_quiet(person.node)
    due = "DELETE FROM job WHERE name = $1 RETURNING arguments::text"
    while rows := await fetch(due, parting.PART):
        for row in rows:
            run = JobRun(None, clock=person.clock, services={})
            await jobs.part(msgspec.json.decode(row["arguments"], type=parting.Parted), run)
    await until_quiet(person.node)
