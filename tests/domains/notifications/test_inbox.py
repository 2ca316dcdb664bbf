"""The inbox: what arrives is seen live, read on one device and so on all, and kept page by page."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from backend.domains import ledger
from backend.domains.journal.messages import LogPrivateMood
from backend.domains.ledger.posting import POSTING
from backend.domains.notifications.guard import INBOX, Arrived, ReadAll
from backend.domains.notifications.messages import MarkAllRead, Notification
from backend.persistence.asking import ask_together
from backend.persistence.database import Database, fetch
from backend.persistence.guards import Connection, Guarded
from backend.persistence.work import Work
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, read, snapshot_of
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers
from tests.support.until import until
from tests.support.verify import Ask, in_one_turn, until_quiet

MOOD = {"mood": "happy", "mood_score": 8}


async def inbox_of(person: Person, **parameters: Any) -> dict[str, Any]:
    answer = await read(person, "/v1/notifications", **parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids_of(page: dict[str, Any]) -> list[str]:
    return [item["notification"]["notification_id"] for item in page["items"]]


async def share_moods(couple: Couple, count: int) -> list[str]:
    """Have Anna share moods, and return what Ben is told of them, the newest first."""
    async with couple.phones() as (anna, ben):
        for _ in range(count):
            await anna.do("moods.log", **MOOD)
            await ben.hears("notifications.arrived")
    return ids_of(await inbox_of(couple.ben, limit=count))


async def test_a_notification_is_seen_live_with_the_count_of_what_is_unread(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, ben):
        before = (await inbox_of(couple.ben))["unread"]
        await anna.do("moods.log", **MOOD)
        arrived = await ben.hears("notifications.arrived")
    assert arrived["unread"] == before + 1
    (item,) = arrived["items"]
    assert (item["notification_type"], item["title"]) == ("mood_shared", "Anna shared a mood")
    page = await inbox_of(couple.ben)
    assert page["unread"] == before + 1
    assert page["items"][0] == {"notification": item, "read_at": None}


async def test_who_is_there_is_not_pushed_to_and_who_is_away_is(couple: Couple, node: Node) -> None:
    async def jobs() -> int:
        (row,) = await fetch(
            "SELECT count(*) AS count FROM job WHERE arguments->>'user_id' = $1",
            str(couple.ben.user_id),
        )
        return int(row["count"])

    before = await jobs()
    async with couple.phones() as (anna, ben):
        await anna.do("moods.log", **MOOD)
        await ben.hears("notifications.arrived")
    assert await jobs() == before
    await until_gone(node, couple.ben)
    async with couple.anna.phone() as client:
        await client.ask({"type": "moods.log", **MOOD}, to=couple.address)
    assert await jobs() == before + 1


async def until_gone(node: Node, person: Person) -> None:
    """Wait until a person's sockets are gone and nothing is still to be done about it."""
    house = node.house
    await until(
        lambda: not house.fanout.hub.is_online(person.user_id) and not house.gateway.losses,
        within_s=5,
    )


async def test_what_is_read_on_one_device_is_read_on_all(couple: Couple) -> None:
    first, second, *_ = await share_moods(couple, 2)
    unread = (await inbox_of(couple.ben))["unread"]
    async with couple.phones() as (_, ben), couple.ben.phone() as other_device:
        await other_device.join(couple.ben.address).ready()
        ids = {"notification_ids": [first, str(uuid4())]}
        told = await ben.do_alone("notifications.mark_read", **ids)
        assert told == {"type": "notifications.read_marked"}
        assert (await ben.hears("notifications.unread_changed"))["unread"] == unread - 1
        pushed = await other_device.next_push("notifications.unread_changed")
        assert pushed.event["unread"] == unread - 1
    page = await inbox_of(couple.ben, limit=2)
    assert ids_of(page) == [first, second]
    assert [item["read_at"] is None for item in page["items"]] == [False, True]


async def test_marking_twice_counts_once(couple: Couple, node: Node) -> None:
    first, *_ = await share_moods(couple, 1)
    unread = (await inbox_of(couple.ben))["unread"]
    async with couple.phones() as (_, ben):
        for _ in range(3):
            await ben.do_alone("notifications.mark_read", notification_ids=[first, first])
    await until_quiet(node)
    assert (await inbox_of(couple.ben))["unread"] == unread - 1


async def test_nobody_marks_what_is_not_theirs(couple: Couple, node: Node) -> None:
    first, *_ = await share_moods(couple, 1)
    unread = (await inbox_of(couple.ben))["unread"]
    async with couple.phones() as (anna, _):
        await anna.do_alone("notifications.mark_read", notification_ids=[first])
    await until_quiet(node)
    page = await inbox_of(couple.ben)
    assert page["unread"] == unread
    assert page["items"][0]["read_at"] is None


async def test_all_are_read_up_to_the_newest_that_was_seen(couple: Couple) -> None:
    newest, seen, *_ = await share_moods(couple, 3)
    async with couple.phones() as (_, ben):
        await ben.do_alone("notifications.mark_all_read", until=seen)
        assert (await ben.hears("notifications.unread_changed"))["unread"] == 1
        page = await inbox_of(couple.ben)
        assert [
            item["notification"]["notification_id"]
            for item in page["items"]
            if item["read_at"] is None
        ] == [newest]
        await ben.do_alone("notifications.mark_all_read")
        assert (await ben.hears("notifications.unread_changed"))["unread"] == 0


async def test_the_count_is_right_when_much_arrives_and_is_read_at_once(
    couple: Couple, node: Node
) -> None:
    async with couple.phones() as (anna, ben):

        async def share(phone: Phone) -> None:
            await phone.do("moods.log", **MOOD)

        async def forget(phone: Phone) -> None:
            await phone.do_alone("notifications.mark_all_read")

        await asyncio.gather(
            *(share(anna) for _ in range(12)),
            *(forget(ben) for _ in range(12)),
            *(share(ben) for _ in range(6)),
            *(forget(anna) for _ in range(6)),
        )
    await until_quiet(node)
    for person in (couple.anna, couple.ben):
        (row,) = await fetch(
            "SELECT count(*) AS count FROM notification WHERE user_id = $1 AND read_at IS NULL",
            person.user_id,
        )
        assert (await inbox_of(person))["unread"] == row["count"]


async def test_an_inbox_is_read_page_by_page(couple: Couple) -> None:
    await share_moods(couple, 5)
    everything = ids_of(await inbox_of(couple.ben))
    found: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = await inbox_of(couple.ben, limit=2, **after)
        found += ids_of(page)
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == everything
    assert len(found) == len(set(found))


async def test_a_page_that_makes_no_sense_is_refused(couple: Couple) -> None:
    for parameters in ({"limit": 0}, {"limit": 101}, {"after": "x"}):
        answer = await read(couple.ben, "/v1/notifications", **parameters)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid"


async def test_who_comes_anew_is_shown_the_latest(couple: Couple) -> None:
    newest = await share_moods(couple, 7)
    state = await snapshot_of(couple.ben, couple.ben.address)
    shown = [UUID(item["notification_id"]) for item in state["inbox"]["latest"]]
    assert shown == [UUID(found) for found in newest[:5]]
    assert state["inbox"]["unread"] == (await inbox_of(couple.ben))["unread"]
    assert state["notification_preferences"]["lock_screen"] == "nothing"


async def test_somebody_new_has_an_empty_inbox(node: Node, clock: FakeClock) -> None:
    carla = await sign_up(node, clock, "Carla")
    assert await inbox_of(carla) == {"items": [], "unread": 0, "next": None}
    async with carla.phone() as client:
        told = await client.ask({"type": "notifications.mark_all_read"})
    assert told == {"type": "notifications.read_marked"}
    await until_quiet(node)
    assert await inbox_of(carla) == {"items": [], "unread": 0, "next": None}


async def test_an_inbox_is_locked_before_a_wallet_whoever_reads(
    couple: Couple, node: Node, servers: Servers
) -> None:
    """Two lanes that locked the two in different orders would wait in a circle for a second."""
    await share_moods(couple, 1)
    await until_quiet(node)
    ben = couple.ben
    holder = await asyncpg.connect(servers.urls.owner)
    try:
        async with holder.transaction():
            await holder.execute("SELECT FROM inbox WHERE user_id = $1 FOR UPDATE", ben.user_id)
            reads = Ask(MarkAllRead(), ben.principal)
            earns = Ask(LogPrivateMood(mood="calm", mood_score=5), ben.principal)
            turn = asyncio.create_task(in_one_turn(node, ben.address, [reads, earns]))

            async def waits() -> bool:
                return bool(
                    await fetch(
                        "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tandem lane %'"
                        " AND wait_event_type = 'Lock'"
                    )
                )

            await until(waits)
            await holder.execute(
                "SELECT FROM account WHERE owner_id = $1 FOR UPDATE NOWAIT", ben.user_id
            )
        assert [outcome.granted for outcome in await turn] == [True, True]
    finally:
        await holder.close()


async def test_batches_do_not_wait_in_a_circle_over_an_inbox_that_is_not_there_yet(
    node: Node, clock: FakeClock, servers: Servers
) -> None:
    anna, ben, carla = [await sign_up(node, clock, name) for name in ("Anna", "Ben", "Carla")]
    now = clock.now()
    reads = Guarded(0, 0, ReadAll(ben.user_id, None, now))
    hears = [Guarded(1, 0, Arrived(carla.user_id, _first_of(carla, clock)))]
    work = Work()
    ledger.award(work, anna.user_id, id=uuid7(), amount_minor=1, reference="x/y", at=now)
    ((_, coin),) = work.guards
    database = Database(servers.urls.app)
    one, other = await database.connection("one"), await database.connection("other")
    try:
        await one.execute("BEGIN")
        await other.execute("BEGIN")
        rows = await _ask(one, [reads, *hears], Guarded(2, 0, coin))
        waiting = asyncio.create_task(_ask(other, hears, Guarded(2, 0, coin)))
        pid = other.get_server_pid()

        async def waits() -> bool:
            blocked: bool = await one.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid)
            return blocked

        await until(waits)
        await INBOX.judge(one, [reads, *hears], rows)
        await one.execute("ROLLBACK")
        await waiting
        await other.execute("ROLLBACK")
    finally:
        await one.close()
        await other.close()


def _first_of(person: Person, clock: FakeClock) -> Notification:
    return Notification(
        notification_id=uuid7(),
        notification_type="checkin_submitted",
        title=f"For {person.user_id}",
        message="",
        priority="normal",
        relationship_id=None,
        created_at=clock.now(),
    )


async def _ask(
    connection: Connection, inbox: list[Guarded], transfer: Guarded
) -> Sequence[Mapping[str, Any]]:
    questions = [INBOX.question(inbox), POSTING.question([transfer])]
    _, (rows, _) = await ask_together(
        connection, "o AS (SELECT 1)", "(SELECT count(*) FROM o) AS n", [], questions
    )
    return rows
