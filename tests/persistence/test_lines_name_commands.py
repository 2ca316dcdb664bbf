"""A line that says a batch or a load went wrong names the commands concerned, the first of them."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from actors.letter import IDS_SHOWN_MAX
from backend.persistence import lane
from protocol.common import Temporary
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, code_of, new_id
from tests.support.engine import Engine
from tests.support.superuser import Superuser
from tests.support.troubles import ALWAYS, trouble


def ids_in(said: list[Any], event: str) -> list[Any]:
    lines = [line for line in said if line["event"] == event]
    assert lines, said
    ids: list[Any] = lines[0]["correlation_ids"]
    return ids


async def test_a_batch_that_was_refused(
    running: Engine, superuser: Superuser, clock: FakeClock
) -> None:
    command_id = new_id(clock)
    async with trouble(superuser, "40001", times=ALWAYS):
        with capture_logs() as said:
            await running.ref(uuid4()).ask(Add(by=1), ANNA, id=command_id)
    assert ids_in(said, "a batch was refused") == [command_id]


async def test_a_batch_that_failed_for_a_bug_names_only_so_many(
    running: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, ids = uuid4(), [new_id(clock) for _ in range(IDS_SHOWN_MAX + 3)]
    await running.ref(key).ask(Add(by=1), ANNA)

    def break_down() -> None:
        raise AssertionError("a bug")

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(lane, "Trouble", break_down)
        asks = [running.ref(key).ask(Add(by=1), ANNA, id=command_id) for command_id in ids]
        assert {code_of(outcome) for outcome in await asyncio.gather(*asks)} == {"temporary"}
    assert ids_in(said, "a batch failed") == [*ids[:IDS_SHOWN_MAX], "…"]


@pytest.mark.parametrize(
    ("problem", "level"), [(KeyError("a column"), "error"), (Temporary(why="away"), "warning")]
)
async def test_actors_that_could_not_be_loaded(
    running: Engine,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    level: str,
) -> None:
    command_id = new_id(clock)

    async def fail(*_wanted: object) -> None:
        raise problem

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(running.system.store, "load", fail)
        outcome = await running.ref(uuid4()).ask(Add(by=1), ANNA, id=command_id)
    assert code_of(outcome) == "temporary"
    assert ids_in(said, "actors could not be loaded") == [command_id]
    assert said[0]["log_level"] == level
    assert ("exc_info" in said[0]) is (level == "error")
