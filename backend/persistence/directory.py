"""The directory: which nodes there are and which of them owns which shard, kept in PostgreSQL.

All that a node asks goes over one session, one after the other, so that what it sees is never older
than what it has done. Others are woken when an owner changes.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from actors.placement import NodeSeen, View
from backend.persistence.database import Database
from backend.persistence.guards import Connection

log = structlog.get_logger()

CHANNEL = "tandem_shards"
SESSION_ENDED_WITHIN_MS = 1_000

_BEAT = """
WITH before AS (SELECT has_lease(heartbeat_at, lease_ms) AS had_lease FROM node WHERE id = $1),
written AS (
    INSERT INTO node (id, heartbeat_at, lease_ms, is_leaving, has_redis, redis_changed_at)
    VALUES ($1, clock_timestamp(), $2, $3, $4, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp(), lease_ms = $2,
        is_leaving = $3, has_redis = $4,
        redis_changed_at = CASE WHEN node.has_redis = $4 THEN node.redis_changed_at
                                ELSE clock_timestamp() END
)
SELECT coalesce((SELECT had_lease FROM before), true) AS had_lease
"""
_LOOK = """
SELECT (SELECT json_agg(json_build_object(
            'id', id, 'is_fresh', has_lease(heartbeat_at, lease_ms), 'is_leaving', is_leaving,
            'has_redis', has_redis,
            'redis_for_s', extract(epoch FROM clock_timestamp() - redis_changed_at),
            'silent_for_s', extract(epoch FROM clock_timestamp() - heartbeat_at)))
        FROM node)::text AS nodes,
       (SELECT array_agg(owner ORDER BY id) FROM shard) AS owners,
       (SELECT array_agg(epoch ORDER BY id) FROM shard) AS epochs
"""
# Judged once more where it is done: the owner may have been heard of since we looked.
_TAKE = """
UPDATE shard SET owner = $1, epoch = epoch + 1
WHERE id = ANY($2::integer[]) AND NOT EXISTS (
    SELECT 1 FROM node WHERE node.id = shard.owner AND has_lease(heartbeat_at, lease_ms)
) RETURNING id
"""
_HAND_OVER = """
UPDATE shard SET owner = u.heir, epoch = epoch + 1
FROM unnest($2::integer[], $3::uuid[]) AS u(id, heir)
WHERE shard.id = u.id AND shard.owner = $1
"""
_LEAVE = """
WITH gone AS (DELETE FROM node WHERE id = $1)
UPDATE shard SET owner = NULL, epoch = epoch + 1 WHERE owner = $1
"""
# What a node that was stopped in mid-commit holds locked would keep its successor waiting, and
# what it still had on its way would land behind the back of whoever has read since.
_END_LATE_WORK = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, $2)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'tandem lane %'
  AND right(application_name, 36) = ANY($1::text[])
"""

_decode_nodes = msgspec.json.Decoder(list[NodeSeen]).decode


class PostgresDirectory:
    """The directory as one node sees it; implements `backend.cluster.ports.Directory`."""

    def __init__(self, database: Database, node_id: UUID, lease_s: float) -> None:
        """Nothing is connected yet."""
        self._database = database
        self._node_id = node_id
        self._lease_s = lease_s
        self._changed: Callable[[], None] | None = None
        self._session: Connection | None = None
        self._turn = asyncio.Lock()

    def watch(self, changed: Callable[[], None]) -> None:
        """Name whom to call when another node has moved shards."""
        self._changed = changed

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> tuple[bool, View]:
        """Renew the lease and look; also tells whether the lease had held until now."""
        lease_ms = int(self._lease_s * 1000)
        async with self._turn:
            had_lease = await self._ask(_BEAT, self._node_id, lease_ms, is_leaving, has_redis)
            return bool(had_lease[0]["had_lease"]), await self._look()

    async def take(self, shards: Collection[int], late: Collection[UUID]) -> View:
        """Take shards that nobody with a lease holds, and end what `late` owners have under way."""
        async with self._turn:
            taken = await self._ask(_TAKE, self._node_id, list(shards))
            if taken and late:
                await self._end_late_work(late)
            await self._wake_others()
            log.info("shards taken", node=self._node_id, shards=len(taken))
            return await self._look()

    async def hand_over(self, heirs: Mapping[int, UUID]) -> View:
        """Make others the owners of shards that are ours."""
        async with self._turn:
            await self._ask(_HAND_OVER, self._node_id, list(heirs), list(heirs.values()))
            await self._wake_others()
            log.info("shards handed over", node=self._node_id, shards=len(heirs))
            return await self._look()

    async def leave(self) -> None:
        """Be a node no longer; what is still ours is nobody's then."""
        async with self._turn:
            await self._ask(_LEAVE, self._node_id)
            await self._wake_others()

    async def close(self) -> None:
        """Let go of the session."""
        session, self._session = self._session, None
        if session is not None and not session.is_closed():
            session.terminate()

    async def _look(self) -> View:
        (row,) = await self._ask(_LOOK)
        nodes = {node.id: node for node in _decode_nodes(row["nodes"] or "[]")}
        return View(nodes, tuple(row["owners"]), tuple(row["epochs"]))

    async def _end_late_work(self, late: Collection[UUID]) -> None:
        # Only the role that signed in may end its sessions, not the one it has taken on.
        connection = await self._database.connection("tandem takeover")
        try:
            await connection.execute("SET ROLE NONE")
            names = [str(node_id) for node_id in late]
            ended = await connection.fetchval(_END_LATE_WORK, names, SESSION_ENDED_WITHIN_MS)
            log.info("late work ended", of=names, sessions=ended)
        except asyncpg.InsufficientPrivilegeError as problem:
            # Their sessions end by themselves, some seconds later.
            log.warning("another role's sessions cannot be ended", problem=str(problem))
        finally:
            await connection.close()

    async def _wake_others(self) -> None:
        await self._ask("SELECT pg_notify($1, '')", CHANNEL)

    async def _ask(self, query: str, *values: Any) -> list[Any]:
        session = await self._ready()
        try:
            rows: list[Any] = await session.fetch(query, *values, timeout=self._lease_s)
        except BaseException:
            # Whatever it was, it may still be on its way: a new session sees what became of it.
            session.terminate()
            raise
        return rows

    async def _ready(self) -> Connection:
        if self._session is None or self._session.is_closed():
            async with asyncio.timeout(self._lease_s):
                self._session = await self._database.connection("tandem membership")
            await self._session.add_listener(CHANNEL, self._notified)
        return self._session

    def _notified(self, connection: Connection, pid: int, _channel: str, _payload: str) -> None:
        if self._changed is None or connection.is_closed():  # What it still heard comes later.
            return
        if pid != connection.get_server_pid():
            self._changed()
