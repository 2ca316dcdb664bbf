"""Who lives and answers nothing is killed; who lets nobody in, or never answered, is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import pytest

from backend.running import asking, hanging
from backend.running.hanging import end_what_hangs
from backend.running.keeper import Keeper
from tests.support.until import until


class Node:
    """A child that answers as long as it is told to."""

    def __init__(self) -> None:
        self.does_answer = True
        self.asked = 0
        self.times_killed = 0
        self.has_ended = False
        self.program = SimpleNamespace(name="Node 1", address=("127.0.0.1", 0))
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readline()).startswith(b"GET /healthz ")
        self.asked += 1
        if self.does_answer:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        self._open.append(writer)

    def kill(self) -> None:
        self.times_killed += 1

    def close(self) -> None:
        for writer in self._open:
            writer.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hanging, "LOOK_EVERY_S", 0.005)
    monkeypatch.setattr(asking, "ANSWERS_WITHIN_S", 0.05)


@asynccontextmanager
async def watched(node: Node) -> AsyncIterator[asyncio.Server]:
    server = await asyncio.start_server(node.serve, "127.0.0.1", 0)
    node.program.address = server.sockets[0].getsockname()
    keeper = SimpleNamespace(child=node)
    watching = asyncio.create_task(end_what_hangs(cast("Keeper", keeper)))
    yield server
    watching.cancel()
    node.close()
    server.close()


async def test_a_node_that_falls_silent_is_killed() -> None:
    node = Node()
    async with watched(node):
        await until(lambda: node.asked > hanging.SILENT_TIMES_MAX)
        assert node.times_killed == 0
        node.does_answer = False
        await until(lambda: node.times_killed == 1)


async def test_one_that_answers_again_in_time_is_not() -> None:
    node = Node()
    async with watched(node):
        await until(lambda: node.asked > 0)
        for _ in range(3):
            node.does_answer, before = False, node.asked
            await until(lambda before=before: node.asked > before + 2)  # type: ignore[misc]
            node.does_answer, before = True, node.asked
            await until(lambda before=before: node.asked > before + 2)  # type: ignore[misc]
        assert node.times_killed == 0


async def test_one_that_has_never_answered_is_still_starting() -> None:
    node = Node()
    node.does_answer = False
    async with watched(node):
        await until(lambda: node.asked > 2 * hanging.SILENT_TIMES_MAX)
        assert node.times_killed == 0


async def test_one_that_lets_nobody_in_is_ending() -> None:
    node = Node()
    async with watched(node) as server:
        await until(lambda: node.asked > 0)
        server.close()
        looked = 0
        answers = hanging._answers  # noqa: SLF001 - to count looks that reach nobody

        async def count(child: object) -> bool | None:
            nonlocal looked
            looked += 1
            return await answers(child)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hanging, "_answers", count)
            await until(lambda: looked > 2 * hanging.SILENT_TIMES_MAX)
        assert node.times_killed == 0
