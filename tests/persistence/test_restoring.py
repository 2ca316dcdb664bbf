"""After a restore topics are in another generation, and nobody mistakes a number."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from backend.persistence.restoring import begin_generation
from protocol.address import address_of
from tests.support.counter import ANNA, Add, Read, value_of
from tests.support.couple import Couple
from tests.support.couple import couple as couple  # noqa: PLC0414 - a fixture
from tests.support.engine import Engine, numbers_of
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until


async def test_who_comes_back_after_a_restore_gets_a_snapshot(
    couple: Couple, servers: Servers
) -> None:
    async with couple.phones() as (anna, ben):
        await anna.check_in()
        await ben.sees("checkins.submitted")
        before = ben.ours.pos
        assert before is not None
        ben.client.cut()

        generation = await begin_generation(servers.urls.owner)
        shown: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        ben.ours.on_snapshot(lambda state, *_: shown.set_result(state))
        ben.client.restore()
        snapshot = await asyncio.wait_for(shown, 5)
        await ben.ours.ready()

        after = ben.ours.pos
        assert after is not None
        assert (after.split(".")[0], after.split(".")[1]) == (str(generation), before.split(".")[1])
        assert snapshot["check_ins"]["recent"]

        await anna.do("moods.log", mood="calm", mood_score=7)
        assert (await ben.sees("moods.logged"))["mood"] == "calm"
        number = int(before.split(".")[1]) + 1
        assert ben.ours.pos == f"{generation}.{number}"


async def test_a_node_that_goes_on_answers_from_the_tables_and_not_from_what_was_lost(
    running: Engine, servers: Servers, superuser: Superuser
) -> None:
    key = uuid4()
    for by in (1, 2):
        await running.ref(key).ask(Add(by=by), ANNA)
    await lose_the_last(superuser, key)

    async def answers(value: int) -> bool:
        return value_of(await running.ref(key).ask(Read(), ANNA)) == value

    assert await answers(3), "nobody has said yet that anything was lost"
    await begin_generation(servers.urls.owner)
    await until(lambda: answers(1))
    assert value_of(await running.ref(key).ask(Add(by=5), ANNA)) == 6
    assert await numbers_of(key) == [1, 2]


async def lose_the_last(superuser: Superuser, key: UUID) -> None:
    """Have the database be as it was before the second step of a counter."""
    topic = address_of("counter", key)
    await superuser.execute("DELETE FROM test_count WHERE counter = $1 AND by = 2", key)
    await superuser.execute("DELETE FROM event WHERE topic = $1 AND number = 2", topic)
    await superuser.execute("UPDATE head SET seq = 1 WHERE address = $1", topic)


async def test_who_goes_on_following_gets_a_snapshot_too(couple: Couple, servers: Servers) -> None:
    async with couple.phones() as (anna, ben):
        shown: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        ben.ours.on_snapshot(lambda state, *_: shown.set_result(state))

        generation = await begin_generation(servers.urls.owner)
        assert "check_ins" in await asyncio.wait_for(shown, 10)
        await anna.do("moods.log", mood="calm", mood_score=7)
        assert (await ben.sees("moods.logged"))["mood"] == "calm"
        assert ben.ours.pos is not None
        assert ben.ours.pos.startswith(f"{generation}.")


async def test_two_lives_of_one_backup_have_numbers_of_their_own(
    servers: Servers, superuser: Superuser
) -> None:
    async def restore() -> int:
        await superuser.execute("UPDATE deployment SET generation = 1")
        return await begin_generation(servers.urls.owner)

    first = await restore()

    async def is_another() -> bool:
        return await restore() > first

    await until(is_another)
