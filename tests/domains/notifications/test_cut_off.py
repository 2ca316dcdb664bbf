"""Cut off: Ben's phone falls asleep with its socket open, and rings for what it did not hear."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from backend import server
from backend.domains.notifications import missed
from backend.domains.notifications.jobs import push_missed
from backend.domains.notifications.missed import CutOff
from backend.domains.notifications.store import PUSH, PushWanted
from backend.gateway.absences import COMES_BACK_WITHIN_S
from backend.jobs.worker import JobWorker
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.closing import Closing
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.sending import told_with
from tests.domains.notifications.test_inbox import MOOD, ids_of, inbox_of, until_gone
from tests.domains.notifications.test_pushing import away, until_no_job_waits, worker
from tests.gateway.raw import Tcp, hello, tcp
from tests.jobs.workshop import commit_job
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.node import Node, running_node
from tests.support.people import sign_up
from tests.support.servers import Servers
from tests.support.until import until

__all__ = ["worker"]

CLOSE = 8
PONG = 10


@pytest.fixture
async def pushes(couple: Couple, service: PushService, worker: JobWorker) -> PushService:
    """What Ben's phone is pushed while he is away."""
    del worker
    await away(couple, service, "phone")
    return service


@asynccontextmanager
async def phone_of_ben(couple: Couple) -> AsyncIterator[Tcp]:
    """Open a socket of Ben's; what is done with it afterwards is up to the test."""
    node, ben = couple.ben.node, couple.ben
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(1, hello(ben.token))
        while f'"topic":"{ben.address}"'.encode() not in (await end.frame())[1]:
            pass
        yield end


async def cut_off(phone: Tcp, couple: Couple) -> None:
    """Break Ben's only socket, and wait until the node has heard of it."""
    phone.writer.transport.abort()
    await until_gone(couple.ben.node, couple.ben)


async def share_mood(couple: Couple) -> str:
    """Have Anna share a mood; returns the id of what Ben is told."""
    async with couple.anna.phone() as client:
        await client.ask({"type": "moods.log", **MOOD}, to=couple.address)
    return ids_of(await inbox_of(couple.ben))[0]


async def check_in(couple: Couple) -> str:
    """Have Anna check in; returns the id of what Ben is told."""
    before = set(ids_of(await inbox_of(couple.ben)))
    scores = {"connection_score": 8, "mood_score": 7, "relationship_satisfaction": 9}
    async with couple.anna.phone() as client:
        await client.ask({"type": "checkins.submit", **scores}, to=couple.address)
    (told,) = set(ids_of(await inbox_of(couple.ben))) - before
    return told


async def until_missed(couple: Couple, clock: FakeClock) -> None:
    """Wait until Ben is gone, for him to come back, and until all is done that follows."""
    await until_gone(couple.ben.node, couple.ben)
    await clock.advance(seconds=COMES_BACK_WITHIN_S)
    await until(lambda: couple.ben.node.house.job_planner.waiting == 0)
    await until_no_job_waits(couple)


def pushed(pushes: PushService) -> list[str]:
    return [message.message["notification_id"] for message in pushes.received]


async def test_a_phone_that_fell_asleep_rings_for_what_it_did_not_hear(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await clock.advance(seconds=15)
        told = await share_mood(couple)
        await until_no_job_waits(couple)
        assert pushes.requests == 0
        await cut_off(phone, couple)
        await clock.advance(seconds=COMES_BACK_WITHIN_S - 1)
        await until_no_job_waits(couple)
        assert pushes.requests == 0
        await until_missed(couple, clock)
    assert pushed(pushes) == [told]


async def test_what_is_for_the_inbox_alone_rings_for_nobody_who_was_cut_off(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await clock.advance(seconds=15)
        with told_with(rings=False):
            await share_mood(couple)
        told = await check_in(couple)
        phone.writer.transport.abort()
        await until_missed(couple, clock)
    assert pushed(pushes) == [told]


async def test_what_came_before_the_last_sign_of_life_was_heard(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_mood(couple)
        await clock.advance(seconds=5)
        phone.write(PONG)
        await until(lambda: bucket_of(couple) == clock.monotonic())
        await clock.advance(seconds=15)
        told = await share_mood(couple)
        phone.writer.transport.abort()
        await until_missed(couple, clock)
    assert pushed(pushes) == [told]


def bucket_of(couple: Couple) -> float:
    """Tell when Ben's socket last showed a sign of life."""
    (socket,) = [
        open_
        for open_ in couple.ben.node.house.gateway.sockets
        if open_.is_greeted and open_.user_id == couple.ben.user_id
    ]
    return socket._frames_bucket.touched_at  # noqa: SLF001


async def test_who_comes_back_in_time_hears_it_over_the_new_socket(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_mood(couple)
        await cut_off(phone, couple)
    await clock.advance(seconds=COMES_BACK_WITHIN_S - 1)
    async with phone_of_ben(couple) as phone:
        await clock.advance(seconds=COMES_BACK_WITHIN_S)
        phone.write(CLOSE, (1001).to_bytes(2))
        await until_missed(couple, clock)
    assert pushes.requests == 0


async def test_who_has_another_device_open_is_not_missing(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone, phone_of_ben(couple) as laptop:
        await share_mood(couple)
        gateway = couple.ben.node.house.gateway
        open_before = len(gateway.sockets)
        phone.writer.transport.abort()
        await until(lambda: len(gateway.sockets) == open_before - 1)
        await clock.advance(seconds=COMES_BACK_WITHIN_S)
        laptop.write(CLOSE, (1000).to_bytes(2))
        await until_missed(couple, clock)
    assert pushes.requests == 0


@pytest.mark.parametrize("who", ["the phone", "the server"])
async def test_a_goodbye_of_either_side_is_no_absence(
    couple: Couple, pushes: PushService, clock: FakeClock, who: str
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_mood(couple)
        if who == "the phone":
            phone.write(CLOSE, (1000).to_bytes(2))
        else:
            gateway = couple.ben.node.house.gateway
            for socket in list(gateway.sockets):
                socket.close(Closing.MOVING)
        phone.writer.transport.close()
        await until_missed(couple, clock)
    assert pushes.requests == 0


async def test_nothing_is_pushed_twice_whoever_wanted_it_pushed(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        slept = await check_in(couple)
        await cut_off(phone, couple)
    # He counts as away now: this one is pushed at once.
    await clock.advance(seconds=5)
    gone = await share_mood(couple)
    await pushes.until(1)
    assert pushed(pushes) == [gone]
    await until_missed(couple, clock)
    assert pushed(pushes) == [gone, slept]
    run = JobRun(None, clock=clock, services={})
    await push_missed(CutOff(couple.ben.user_id, clock.now() - 3 * missed.ON_THE_WAY), run)
    await run.finish()
    assert run.planned == []


async def test_what_two_jobs_want_pushed_at_once_is_pushed_once(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple):
        told = await share_mood(couple)
        wanted = PushWanted(couple.ben.user_id, UUID(told))
        for _ in range(2):
            await commit_job(clock, PUSH, wanted)
        await clock.advance(seconds=3)
        await until_no_job_waits(couple)
    assert pushed(pushes) == [told]


async def test_what_was_withdrawn_meanwhile_is_not_pushed(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_mood(couple)
        await cut_off(phone, couple)
    async with couple.anna.phone() as client:
        await client.ask({"type": "relationships.block"}, to=couple.address)
    await until_missed(couple, clock)
    assert pushes.requests == 0


async def share_moods(couple: Couple, clock: FakeClock, count: int, *, kind: str) -> None:
    """Have Anna share moods, a second between them, that are told as notifications of a kind."""
    async with couple.anna.phone() as client:
        with told_with(kind=kind):
            for _ in range(count):
                await clock.advance(seconds=1)
                await client.ask({"type": "moods.log", **MOOD}, to=couple.address)


async def test_of_many_the_newest_are_pushed(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_moods(couple, clock, missed.PUSHED_MAX + 2, kind="coin_received")
        phone.writer.transport.abort()
        await until_missed(couple, clock)
    newest = ids_of(await inbox_of(couple.ben, limit=missed.PUSHED_MAX))
    assert sorted(pushed(pushes)) == sorted(newest)


async def test_of_many_about_the_same_the_last_is_pushed_beside_what_is_about_something_else(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_moods(couple, clock, 1, kind="coin_received")
        await share_moods(couple, clock, missed.PUSHED_MAX + 1, kind="mood_shared")
        phone.writer.transport.abort()
        await until_missed(couple, clock)
    last, *_, coin = ids_of(await inbox_of(couple.ben, limit=missed.PUSHED_MAX + 2))
    assert sorted(pushed(pushes)) == sorted([last, coin])


async def test_what_was_missed_does_not_take_the_place_of_what_came_after_it(
    couple: Couple, pushes: PushService, clock: FakeClock
) -> None:
    async with phone_of_ben(couple) as phone:
        await share_mood(couple)
        await cut_off(phone, couple)
    # He counts as away now: this one is pushed at once.
    await clock.advance(seconds=5)
    newer = await share_mood(couple)
    await pushes.until(1)
    await until_missed(couple, clock)
    assert pushed(pushes) == [newer]


async def test_a_node_that_stops_waits_for_nobody_and_forgets_nobody(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(servers, clock) as node:
        ben = await sign_up(node, clock, "Ben")
        async with tcp(node) as end:
            await end.handshake(node)
            end.write(1, hello(ben.token))
            while json.loads((await end.frame())[1])["type"] != "welcome":
                pass
            end.writer.transport.abort()
            await until_gone(node, ben)
    async with running_node(servers, clock):
        (row,) = await fetch(
            "SELECT name FROM job WHERE arguments->>'user_id' = $1", str(ben.user_id)
        )
    assert row["name"] == "notifications.push_missed"


class TestSilence:
    """Nothing comes any more, and no end either: only a ping finds out."""

    @pytest.fixture
    async def node(self, servers: Servers, clock: FakeClock) -> AsyncIterator[Node]:
        """A node that loses patience sooner."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "PING_INTERVAL_S", 0.5)
            patch.setattr(server, "PING_TIMEOUT_S", 0.5)
            async with running_node(servers, clock) as running:
                yield running

    async def test_who_does_not_answer_a_ping_is_pushed_to_what_came_since(
        self,
        couple: Couple,
        pushes: PushService,
        clock: FakeClock,
    ) -> None:
        async with phone_of_ben(couple) as phone:
            told = await share_mood(couple)
            assert await phone.until_closed() == 1011
            await until_missed(couple, clock)
        assert pushed(pushes) == [told]
