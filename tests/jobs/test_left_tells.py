"""Tells: what a crash left is heard in order; what cannot be heard holds nobody up."""

import asyncpg
import pytest

from backend.persistence.backing_off import TRIES_MAX
from backend.persistence.database import fetch
from protocol.address import Address
from tests.jobs.listeners import (
    Stumble,
    Unwelcome,
    Word,
    leave_tells,
    listening,
    somebody,
)
from tests.jobs.workshop import until
from tests.support.clock import FakeClock
from tests.support.servers import Servers
from tests.support.until import until as until_so

pytestmark = pytest.mark.usefixtures("database")


async def waiting(receiver: Address) -> int:
    (row,) = await fetch("SELECT count(*) AS count FROM tell WHERE receiver = $1", receiver)
    return int(row["count"])


async def until_all_heard(receiver: Address) -> None:
    async def none_waits() -> bool:
        return await waiting(receiver) == 0

    await until(none_waits)


async def test_tells_left_by_a_crash_are_heard_in_their_order_at_the_start(
    servers: Servers, clock: FakeClock
) -> None:
    words, who = [f"word {number}" for number in range(30)], somebody()
    await leave_tells(clock, who, *[(Word(text=word),) for word in words])
    async with listening(servers, clock) as running:
        await until_all_heard(who)
        assert running.heard == words


async def test_a_tell_of_another_process_wakes_the_sweeper(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    async with listening(servers, clock) as running:
        await until(running.sweeper_listens)
        await leave_tells(clock, who, (Word(text="hello"),))
        await fetch("SELECT pg_notify('tandem_tell', $1)", who)
        await until_all_heard(who)
        assert running.heard == ["hello"]


async def test_a_sweeper_that_lost_its_connection_listens_again(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    async with listening(servers, clock) as running:
        await until(running.sweeper_listens)
        superuser = await asyncpg.connect(servers.postgres.dsn("tandem"))
        lost = await superuser.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'tandem tell sweeper'"
        )
        await superuser.execute("SELECT pg_terminate_backend($1)", lost)

        async def listens_anew() -> bool:
            await clock.advance(seconds=1)
            pid = await superuser.fetchval(
                "SELECT pid FROM pg_stat_activity "
                "WHERE application_name = 'tandem tell sweeper' AND query LIKE 'LISTEN%'"
            )
            return pid not in {None, lost}

        await until(listens_anew)
        await superuser.close()
        await leave_tells(clock, who, (Word(text="hello"),))
        await fetch("SELECT pg_notify('tandem_tell', $1)", who)
        await until_all_heard(who)
        assert running.heard == ["hello"]


async def test_a_tell_nobody_was_woken_for_is_found_now_and_then(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    async with listening(servers, clock) as running:
        await leave_tells(clock, who, (Word(text="hello"),))

        async def heard() -> bool:
            await clock.advance(seconds=1)
            return running.heard == ["hello"]

        await until(heard)


async def test_a_node_whose_lease_has_run_out_brings_none(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    await leave_tells(clock, who, (Word(text="hello"),))
    async with listening(servers, clock, sweeps=False) as running:
        running.directory.is_muffled = True
        placement = running.system.placement
        await until_so(lambda: not placement.is_sure)
        await running.sweeper.start()
        assert running.sweeper.brought == 0
        assert await waiting(who) == 1


async def test_a_tell_that_meets_a_bug_holds_nobody_up_and_is_heard_once_mended(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    await leave_tells(clock, who, (Word(text="a"),), (Stumble(),), (Word(text="b"),))
    async with listening(servers, clock) as running:

        async def only_one_waits() -> bool:
            return await waiting(who) == 1

        await until(only_one_waits)
        assert running.heard == ["a", "stumbled", "b"]
        running.is_mended = True

        async def heard() -> bool:
            await clock.advance(seconds=1)
            return await waiting(who) == 0

        await until(heard)
        assert running.heard == ["a", "stumbled", "b", "mended"]


async def test_a_tell_is_given_up_after_twenty_tries_ever_more_seldom(
    servers: Servers, clock: FakeClock
) -> None:
    who, begun = somebody(), clock.now()
    await leave_tells(clock, who, (Stumble(),))
    async with listening(servers, clock) as running:
        await until_dead(clock, who, minutes=2)
        assert running.heard == ["stumbled"] * TRIES_MAX
    (letter,) = await fetch("SELECT * FROM dead_letter WHERE receiver = $1", who)
    assert (letter["kind"], letter["tries"]) == ("tell", TRIES_MAX)
    assert (clock.now() - begun).total_seconds() > 3_600
    assert "test.stumble" in letter["content"]


async def test_a_refused_tell_is_a_dead_letter_at_once_and_spares_those_in_its_letter(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    await leave_tells(clock, who, (Word(text="a"), Unwelcome(), Word(text="b")))
    async with listening(servers, clock) as running:
        await until_dead(clock, who, seconds=1)
        await until_all_heard(who)
        # Heard once before the letter was taken apart, which came to nothing, and once for good.
        assert running.heard[-2:] == ["a", "b"]
    (letter,) = await fetch("SELECT * FROM dead_letter WHERE receiver = $1", who)
    assert letter["reason"] == "it was refused (test.not_for_me): This is not for me."
    assert letter["content"] == '[{"type":"test.unwelcome"}]'


async def test_a_tell_that_cannot_be_read_lets_its_actor_live(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    await leave_tells(clock, who, (Word(text="a"),), (Word(text="b"),))
    await fetch(
        'UPDATE tell SET tells = \'[{"type":"test.of_tomorrow"}]\' WHERE id = '
        "(SELECT id FROM tell WHERE receiver = $1 ORDER BY id LIMIT 1)",
        who,
    )
    async with listening(servers, clock) as running:

        async def heard() -> bool:
            return running.heard == ["b"]

        await until(heard)
        await until_dead(clock, who, minutes=2)
    (letter,) = await fetch("SELECT * FROM dead_letter WHERE receiver = $1", who)
    assert letter["tries"] == TRIES_MAX
    assert letter["reason"].startswith("it cannot be read")


async def test_a_tell_for_a_kind_of_actor_that_does_not_exist_is_a_dead_letter(
    servers: Servers, clock: FakeClock
) -> None:
    who = Address("nobody/of-this-kind")
    await leave_tells(clock, who, (Word(text="a"),))
    async with listening(servers, clock):
        await until_dead(clock, who, seconds=1)
    (letter,) = await fetch("SELECT * FROM dead_letter WHERE receiver = $1", who)
    assert "not_found" in letter["reason"]


async def until_dead(clock: FakeClock, who: Address, **step: float) -> None:
    """Let time go on until the tell for somebody is a dead letter."""

    async def dead() -> bool:
        await clock.advance(**step)
        return bool(await fetch("SELECT 1 FROM dead_letter WHERE receiver = $1", who))

    await until(dead)
