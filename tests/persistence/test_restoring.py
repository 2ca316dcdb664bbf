"""After a restore topics are in another generation, and nobody mistakes a number."""

import asyncio
from typing import Any

from backend.persistence.restoring import begin_generation
from tests.support.couple import Couple
from tests.support.couple import couple as couple  # noqa: PLC0414 - a fixture
from tests.support.servers import Servers


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
