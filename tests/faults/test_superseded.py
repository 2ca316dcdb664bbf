"""A server frozen in mid-commit: its late work does not land, nobody waits, and it comes back."""

import asyncio
from uuid import UUID

import pytest

from backend.persistence.database import fetch
from protocol.clients.python import Client
from protocol.ids import uuid7
from tests.support.processes import Pair, ServerProcess, ServerProcesses, pair_at
from tests.support.until import until

AT_ONCE_S = 8.0
"""Less than any time-out of the database: who must wait for the frozen one waits longer."""
ANSWERED_WITHIN_S = 0.5


def log_mood(phone: Client, pair: Pair, mood_id: UUID) -> "asyncio.Task[object]":
    mood = {"type": "moods.log", "mood": "calm", "mood_score": 7}
    return asyncio.create_task(phone.ask(mood, to=pair.address, id=mood_id))


async def is_there(mood_id: UUID) -> bool:
    return bool(await fetch("SELECT 1 FROM mood_log WHERE id = $1", mood_id))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("failpoint", ["commit.judged", "commit.written"])
async def test_a_frozen_server_s_late_work_does_not_land_and_nobody_waits_for_it(
    processes: ServerProcesses, failpoint: str
) -> None:
    frozen = await processes.start(
        TANDEM_FAILPOINT=f"{failpoint}:30", TANDEM_FAILPOINT_SIGNAL="STOP"
    )
    async with pair_at(frozen) as pair, pair.anna.at(frozen, tries_max=1) as phone:
        late: dict[UUID, asyncio.Task[object]] = {}
        while not frozen.is_stopped or all(asked.done() for asked in late.values()):
            mood_id = uuid7()
            late[mood_id] = log_mood(phone, pair, mood_id)
            await until(lambda: frozen.is_stopped or late[mood_id].done())  # noqa: B023
            # It may have been answered just before; what freezes may also be the commit of a tell.
            answered, _ = await asyncio.wait({late[mood_id]}, timeout=ANSWERED_WITHIN_S)
            assert all(asked.exception() is None for asked in answered)
        (unanswered,) = [mood_id for mood_id, asked in late.items() if not asked.done()]

        successor = await processes.start(TANDEM_LOG_LEVEL="info")
        async with pair.ben.at(successor) as ben, asyncio.timeout(AT_ONCE_S):
            for _ in range(5):
                await log_mood(ben, pair, uuid7())

        # Awake again, it sends what it still had to send, and learns that it came too late. So it
        # asks the one that has the actors now, and the command is done after all, once.
        frozen.wake()
        async with asyncio.timeout(AT_ONCE_S):
            await late[unanswered]
            await until(lambda: _shares_again(frozen))
        async with pair.anna.at(successor) as anna, asyncio.timeout(AT_ONCE_S):
            await log_mood(anna, pair, unanswered)
        assert await is_there(unanswered)
        assert "late work ended" in successor.log.read_text()


async def _shares_again(server: ServerProcess) -> bool:
    return bool((await server.readiness())["status"] == "ready")
