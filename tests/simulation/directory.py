"""The directory of nodes and shards, judged by the simulated database's own clock."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from actors.placement import NodeSeen, View
from tests.simulation.connecting import Connection, Database
from tests.simulation.server import Backend, Server, Statement
from tests.simulation.tables import NodeRow
from tests.simulation.transactions import Running

_US = 1e-6


class SimulatedDirectory:
    """The directory as one node sees it; implements `backend.cluster.ports.Directory`."""

    def __init__(
        self, database: Database, node_id: UUID, lease_s: float, *, ends_late_work: bool
    ) -> None:
        """Nothing is connected yet; not every role may end the sessions of another."""
        self._database = database
        self._node_id = node_id
        self._lease_s = lease_s
        self._ends_late_work = ends_late_work
        self._changed: Callable[[], None] | None = None
        self._session: Connection | None = None
        self._turn = asyncio.Lock()

    def watch(self, changed: Callable[[], None]) -> None:
        """Name whom to call when another node has moved shards."""
        self._changed = changed

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> View:
        """Renew the lease, or begin another where it has run out, and look."""

        def renew(backend: Backend) -> Running:
            yield from ()
            server = backend.server
            nodes, now = server.tables.nodes, server.now()
            found = nodes.get(self._node_id)
            changed_at = found.redis_changed_at if found and found.has_redis is has_redis else now
            begun_at = now
            if found is not None:
                is_held = server.has_lease(self._node_id)
                begun_at = found.lease_begun_at if is_held else max(now, found.lease_begun_at + _US)
            nodes[self._node_id] = NodeRow(
                now, self._lease_s, is_leaving, has_redis, changed_at, begun_at
            )

        async with self._turn:
            await self._ask(renew)
            return await self._look()

    async def take(self, shards: Collection[int], late: Collection[UUID]) -> View:
        """Take shards that nobody with a lease holds, and end what `late` owners have under way."""

        def take(backend: Backend) -> Running:
            yield from ()
            server = backend.server
            free = [shard for shard in shards if not server.has_lease(_owner(server, shard))]
            for shard in free:
                server.tables.set_owner(shard, self._node_id)
            return len(free)

        async with self._turn:
            taken = await self._ask(take)
            if taken and late and self._ends_late_work:
                await self._end_late_work(late)
            await self._wake_others()
            return await self._look()

    async def hand_over(self, heirs: Mapping[int, UUID]) -> View:
        """Make others the owners of shards that are ours."""

        def give(backend: Backend) -> Running:
            yield from ()
            for shard, heir in heirs.items():
                if _owner(backend.server, shard) == self._node_id:
                    backend.server.tables.set_owner(shard, heir)

        async with self._turn:
            await self._ask(give)
            await self._wake_others()
            return await self._look()

    async def leave(self) -> None:
        """Be a node no longer; what is still ours is nobody's then."""

        def leave(backend: Backend) -> Running:
            yield from ()
            tables = backend.server.tables
            tables.nodes.pop(self._node_id, None)
            for shard in range(tables.shards):
                if tables.owners[shard] == self._node_id:
                    tables.set_owner(shard, None)

        async with self._turn:
            await self._ask(leave)
            await self._wake_others()

    async def close(self) -> None:
        """Let go of the session."""
        session, self._session = self._session, None
        if session is not None:
            session.terminate()

    async def _look(self) -> View:
        view: View = await self._ask(_view)
        return view

    async def _end_late_work(self, late: Collection[UUID]) -> None:
        def end(backend: Backend) -> Running:
            yield from ()
            for other in list(backend.server.backends.values()):
                if "lane" in other.name and other.name.endswith(tuple(str(id_) for id_ in late)):
                    other.terminate()

        connection = await self._database.connection("tandem takeover")
        try:
            await connection.ask(end)
        finally:
            connection.terminate()

    async def _wake_others(self) -> None:
        def notify(backend: Backend) -> Running:
            yield from ()
            backend.server.notify(backend)

        await self._ask(notify)

    async def _ask(self, statement: Statement) -> Any:
        session = await self._ready()
        try:
            return await session.ask(statement, self._lease_s)
        except BaseException:
            session.terminate()
            raise

    async def _ready(self) -> Connection:
        if self._session is None or self._session.is_closed():
            self._session = await self._database.connection("tandem membership")
            if self._changed is not None:
                self._session.listen(self._changed)
        return self._session


def _owner(server: Server, shard: int) -> UUID | None:
    return server.tables.owners[shard]


def _view(backend: Backend) -> Running:
    yield from ()
    server = backend.server
    nodes = {
        node_id: NodeSeen(
            node_id,
            is_fresh=server.has_lease(node_id),
            term=round(row.lease_begun_at / _US),
            is_leaving=row.is_leaving,
            has_redis=row.has_redis,
            redis_for_s=server.now() - row.redis_changed_at,
        )
        for node_id, row in server.tables.nodes.items()
    }
    tables = server.tables
    return View(nodes, tuple(tables.owners), tuple(tables.epochs), tables.generation)
