"""Several nodes of one machine behind one port: begun, killed, replaced and ended."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from backend.embedded import DatabaseUrls, prepare_database
from backend.ending import GRACEFUL_WITHIN_S, LEAVE_WITHIN_S
from backend.persistence.migrating import migrate
from backend.running.child import Child, Program
from backend.running.doors import take_doors
from backend.running.errors import RunRefused
from backend.running.nodes import serve_nodes
from backend.settings import Settings
from protocol.codec import SUBPROTOCOL_JSON
from tests.running.conftest import Process, alive, family_of
from tests.support.load import load_at
from tests.support.processes import ServerProcess, ServerProcesses, free_port
from tests.support.servers import Servers
from tests.support.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACK_WITHIN_S = 40.0
GONE_WITHIN_S = 30.0
_NODES = "SELECT id FROM node WHERE has_lease(heartbeat_at, lease_ms) AND NOT is_leaving"
_CONNECTIONS = re.compile(r"^tandem_connections (\S+)$", re.MULTILINE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def urls(servers: Servers) -> DatabaseUrls:
    """A database in which no other test has nodes."""
    urls = await prepare_database(servers.postgres, "several")
    await migrate(urls.owner)
    return urls


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def processes(
    servers: Servers, urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcesses]:
    """Start servers that end with this file's tests."""
    folder = tmp_path_factory.mktemp("nodes")
    started = ServerProcesses(urls.app, servers.redis_url, folder)
    yield started
    await started.end_all()


@dataclass(frozen=True)
class Several:
    """Two nodes that are one server."""

    server: ServerProcess
    by_themselves: tuple[ServerProcess, ServerProcess]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def several(processes: ServerProcesses) -> Several:
    """Two nodes behind one port, each with one of its own."""
    first, second = free_port(), free_port()
    while second != first + 1:
        first, second = second, free_port()
    server = await processes.start(workers=2, TANDEM_NODE_PORT=str(first), TANDEM_LOG_LEVEL="info")
    await until(lambda: "all nodes serve" in server.log.read_text(), within_s=BACK_WITHIN_S)
    one, other = (ServerProcess(server.process, port, server.log) for port in (first, second))
    return Several(server, (one, other))


@pytest.fixture
def server(several: Several) -> ServerProcess:
    """Both of them, behind their one port."""
    return several.server


class NodesUnwanted(RunRefused):
    """No node is to be started."""


async def nodes_in(url: str) -> set[object]:
    """List the nodes that serve, as the database knows them."""
    connection = await asyncpg.connect(url)
    try:
        return {row["id"] for row in await connection.fetch(_NODES)}
    finally:
        await connection.close()


def nodes_of(server: ServerProcess) -> set[Process]:
    """List the processes that are its nodes."""
    return {one for one in family_of(server.process.pid) if one[0] != server.process.pid}


async def ask(server: ServerProcess, path: str) -> httpx.Response:
    """Ask whoever accepts a new connection."""
    async with httpx.AsyncClient(base_url=server.http_url, timeout=20) as http:
        return (await http.get(path)).raise_for_status()


@asynccontextmanager
async def always_answered(server: ServerProcess) -> AsyncIterator[list[httpx.Response]]:
    """Ask over and over, each time anew, and have every answer, while the block goes on."""
    answers: list[httpx.Response] = []
    is_over = asyncio.Event()

    async def keep_asking() -> None:
        while not is_over.is_set():
            answers.append(await ask(server, "/healthz"))

    asking = asyncio.create_task(keep_asking())
    yield answers
    is_over.set()
    await asking


async def test_a_node_has_time_to_end_however_long_its_goodbye_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Program] = []

    async def start(program: Program) -> Child:
        started.append(program)
        raise NodesUnwanted

    monkeypatch.setattr(Child, "start", start)
    doors = take_doors(Settings(database_url="", port=0), 1)
    with pytest.raises(NodesUnwanted):
        await serve_nodes(doors, 1, 20.0)
    assert started[0].ends_within_s > LEAVE_WITHIN_S + 20.0 + GRACEFUL_WITHIN_S


async def test_two_nodes_answer_behind_one_port_and_each_by_itself(
    several: Several, urls: DatabaseUrls
) -> None:
    async with AsyncExitStack() as phones:

        async def have_both() -> bool:
            phone = connect(several.server.socket_url, subprotocols=[Subprotocol(SUBPROTOCOL_JSON)])
            await phones.enter_async_context(phone)
            metrics = [(await ask(node, "/metrics")).text for node in several.by_themselves]
            return all(float(*_CONNECTIONS.findall(text)) > 0 for text in metrics)

        await until(have_both)
    assert len(await nodes_in(urls.app)) == 2
    assert len(nodes_of(several.server)) == 2


async def test_a_killed_node_is_back_and_the_other_serves_meanwhile(
    server: ServerProcess, urls: DatabaseUrls
) -> None:
    before, known = nodes_of(server), await nodes_in(urls.app)
    killed, _ = min(before)
    os.kill(killed, signal.SIGKILL)
    await until(lambda: len(alive(before)) == 1)

    async def is_back() -> bool:
        now = await nodes_in(urls.app)
        return len(now) == 2 and now != known

    async with always_answered(server) as answers:
        await until(lambda: len(answers) > 10)
        await until(is_back, within_s=BACK_WITHIN_S)
    assert len(nodes_of(server) - before) == 1
    assert "a node has ended and is started again" in server.log.read_text()


async def test_sighup_replaces_one_after_the_other_and_nobody_goes_unanswered(
    server: ServerProcess, urls: DatabaseUrls
) -> None:
    before, known = nodes_of(server), await nodes_in(urls.app)

    async def are_others() -> bool:
        now = await nodes_in(urls.app)
        assert len(now) >= 2
        return len(now) == 2 and not now & known

    async with load_at(server) as load, always_answered(server):
        load.begin()
        server.process.send_signal(signal.SIGHUP)
        await until(are_others, within_s=BACK_WITHIN_S)
        await until(lambda: not alive(before), within_s=GONE_WITHIN_S)
        await load.end()
    assert len(load.granted) > 10
    assert len(nodes_of(server)) == 2


async def test_sigterm_ends_all_in_order(server: ServerProcess, urls: DatabaseUrls) -> None:
    family = family_of(server.process.pid)
    server.process.send_signal(signal.SIGTERM)
    assert await server.ended() == 0
    assert not alive(family)
    assert not await nodes_in(urls.app)


async def test_with_its_parent_killed_no_node_lives_on(processes: ServerProcesses) -> None:
    server = await processes.start(workers=2)
    family = family_of(server.process.pid)
    server.kill()
    await server.ended()
    await until(lambda: not alive(family), within_s=GONE_WITHIN_S)


async def test_nodes_that_cannot_start_end_it_with_a_sentence(
    processes: ServerProcesses, urls: DatabaseUrls
) -> None:
    # The owner finds the tables, but may not work as the application.
    server = await processes.begin(workers=2, database_url=urls.owner)
    assert await server.ended() == 1
    *_, sentence = server.log.read_text().splitlines()
    assert re.fullmatch(
        r"Node \d has ended and does not stay up\. The lines above say why\.", sentence
    )


async def test_node_ports_beyond_the_last_one_are_a_sentence(processes: ServerProcesses) -> None:
    server = await processes.begin(workers=2, TANDEM_NODE_PORT="65535")
    assert await server.ended() == 1
    assert server.log.read_text().startswith("2 nodes have no ports of their own from 65535 on")
