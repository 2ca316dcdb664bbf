"""A commit that takes long is told of, with the commands in it."""

import pytest
from structlog.testing import capture_logs

from backend.observability import meters
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import sign_up, with_phones


async def test_a_slow_commit_names_its_commands(
    node: Node, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "SLOW_COMMIT_S", 0.0)
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna) as [phone]:
        command_id = uuid7(int(clock.now().timestamp() * 1000))
        with capture_logs() as logs:
            await phone.ask({"type": "identity.change_profile", "nickname": "A"}, id=command_id)

    [slow] = [line for line in logs if line["event"] == "a slow commit"]
    assert slow["correlation_ids"] == [command_id]
    assert slow["log_level"] == "warning"
    assert slow["took_ms"] > 0
