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
from backend.persistence.pooled import say_goodbye
from backend.persistence.sqlstate import CONNECTION_PROBLEMS, words_of

log = structlog.get_logger()

CHANNEL = "tandem_shards"
"""On which nodes are woken to look."""
LATE_WORK_ENDED_IN_LEASES = 0.5
"""So much of a lease its end may take: meanwhile no heartbeat of ours is sent."""

_ENDED_POLL_S = 0.02

_BEAT = """
INSERT INTO node
    (id, heartbeat_at, lease_begun_at, lease_ms, is_leaving, has_redis, redis_changed_at)
VALUES ($1, clock_timestamp(), clock_timestamp(), $2, $3, $4, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp(), lease_ms = $2,
    is_leaving = $3, has_redis = $4,
    redis_changed_at = CASE WHEN node.has_redis = $4 THEN node.redis_changed_at
                            ELSE clock_timestamp() END,
    lease_begun_at = CASE WHEN has_lease(node.heartbeat_at, node.lease_ms)
                          THEN coalesce(node.lease_begun_at, clock_timestamp())
                          ELSE greatest(clock_timestamp(), node.lease_begun_at + '1 us'::interval)
                     END
"""
_LOOK = """
SELECT (SELECT json_agg(json_build_object(
            'id', id, 'is_fresh', has_lease(heartbeat_at, lease_ms), 'is_leaving', is_leaving,
            'has_redis', has_redis,
            'term', coalesce((extract(epoch FROM lease_begun_at) * 1000000)::bigint, 0),
            'redis_for_s', extract(epoch FROM clock_timestamp() - redis_changed_at),
            'silent_for_s', extract(epoch FROM clock_timestamp() - heartbeat_at)))
        FROM node)::text AS nodes,
       (SELECT array_agg(owner ORDER BY id) FROM shard) AS owners,
       (SELECT array_agg(epoch ORDER BY id) FROM shard) AS epochs,
       (SELECT generation FROM deployment) AS generation
"""
# Judged once more where it is done: the owner may have been heard of since we looked. It cannot be
# while this is judged, for its row is locked: either it renews its lease before, or finds out after
# that others own. Those rows come last, for heartbeats wait for them; and both in their order, so
# that nobody who takes waits in a circle with another.
_TAKE = """
WITH wanted AS MATERIALIZED (
    SELECT id, owner FROM shard WHERE id = ANY($2::integer[]) ORDER BY id FOR NO KEY UPDATE
),
late AS MATERIALIZED (
    SELECT id, heartbeat_at, lease_ms FROM node
    WHERE id = ANY(ARRAY(SELECT owner FROM wanted)) ORDER BY id FOR NO KEY UPDATE
),
free AS MATERIALIZED (
    SELECT wanted.id FROM wanted LEFT JOIN late ON late.id = wanted.owner
    WHERE late.id IS NULL OR NOT has_lease(late.heartbeat_at, late.lease_ms)
)
UPDATE shard SET owner = $1, epoch = epoch + 1 FROM free WHERE shard.id = free.id
RETURNING shard.id
"""
_HAND_OVER = """
WITH ours AS MATERIALIZED (
    SELECT id FROM shard WHERE id = ANY($2::integer[]) AND owner = $1
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE shard SET owner = u.heir, epoch = epoch + 1
FROM ours JOIN unnest($2::integer[], $3::uuid[]) AS u(id, heir) USING (id)
WHERE shard.id = ours.id
"""
_LEAVE = """
WITH ours AS MATERIALIZED (
    SELECT id FROM shard WHERE owner = $1 ORDER BY id FOR NO KEY UPDATE
),
gone AS (DELETE FROM node WHERE id = $1)
UPDATE shard SET owner = NULL, epoch = epoch + 1 FROM ours WHERE shard.id = ours.id
"""
# What a node that was stopped in mid-commit holds locked would keep its successor waiting, and
# what it still had on its way would land behind the back of whoever has read since.
_END_LATE_WORK = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
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
        self._late: set[UUID] = set()
        """Of whom we have taken shards, and who may have something under way for them still."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Name whom to call when another node has moved shards."""
        self._changed = changed

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> View:
        """Renew the lease, or begin another where it has run out, and look."""
        lease_ms = int(self._lease_s * 1000)
        async with self._turn:
            await self._ask(_BEAT, self._node_id, lease_ms, is_leaving, has_redis)
            await self._end_late_work()
            return await self._look()

    async def take(self, shards: Collection[int], late: Collection[UUID]) -> View:
        """Take shards that nobody with a lease holds, and end what `late` owners have under way."""
        async with self._turn:
            taken = await self._ask(_TAKE, self._node_id, list(shards))
            if taken:
                self._late |= set(late)
            await self._end_late_work()
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
        if session is not None:
            await say_goodbye(session)

    async def _look(self) -> View:
        (row,) = await self._ask(_LOOK)
        nodes = {node.id: node for node in _decode_nodes(row["nodes"] or "[]")}
        return View(nodes, tuple(row["owners"]), tuple(row["epochs"]), row["generation"])

    async def _end_late_work(self) -> None:
        """End what late owners have under way; what cannot be done now the next heartbeat tries."""
        if not self._late:
            return
        names = [str(node_id) for node_id in self._late]
        try:
            async with asyncio.timeout(self._lease_s * LATE_WORK_ENDED_IN_LEASES):
                await self._end_sessions(names)
        except asyncpg.InsufficientPrivilegeError as problem:
            # Their sessions end by themselves, some seconds later.
            log.warning("another role's sessions cannot be ended", problem=str(problem))
        except CONNECTION_PROBLEMS as problem:
            log.warning("late work could not be ended", of=names, problem=words_of(problem))
            return
        self._late.clear()

    async def _end_sessions(self, names: list[str]) -> None:
        # Only the role that signed in may end its sessions, not the one it has taken on.
        connection = await self._database.connection("tandem takeover")
        try:
            await connection.execute("SET ROLE NONE")
            sessions = found = await connection.fetchval(_END_LATE_WORK, names)
            while found:
                await asyncio.sleep(_ENDED_POLL_S)
                found = await connection.fetchval(_END_LATE_WORK, names)
            log.info("late work ended", of=names, sessions=sessions)
        finally:
            # Saying goodbye would wait for an answer.
            connection.terminate()

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
                session = await self._database.connection(
                    "tandem membership", within_s=self._lease_s
                )
                try:
                    await session.add_listener(CHANNEL, self._notified)
                except BaseException:
                    # One that nobody wakes would be taken for one that listens.
                    session.terminate()
                    raise
            self._session = session
        return self._session

    def _notified(self, connection: Connection, pid: int, _channel: str, _payload: str) -> None:
        if self._changed is None or connection.is_closed():  # What it still heard comes later.
            return
        if pid != connection.get_server_pid():
            self._changed()
