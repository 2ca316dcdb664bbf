"""Ownership: which node owns the shards, kept in PostgreSQL, watched by every node.

One node owns all for now. Whoever starts last takes over: epochs grow, and the fence refuses what
the one before still has on its way.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import asyncpg
import structlog

from backend.persistence.answering import AWAY
from backend.persistence.database import Database, fetch
from protocol.address import Address

log = structlog.get_logger()

HEARTBEAT_S = 1.0
_TAKE_ALL = "UPDATE shard SET owner = $1, epoch = epoch + 1 WHERE owner IS DISTINCT FROM $1"
_BEAT = """
INSERT INTO node (id, heartbeat_at, is_leaving) VALUES ($1, clock_timestamp(), false)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp()
"""
# A predecessor that was stopped in mid-commit holds locks; whatever it began must end.
_END_LATE_WORK = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database()
  AND application_name LIKE 'tandem lane %' AND NOT application_name LIKE '% of ' || $1
"""
_STILL_OURS = "SELECT count(*) = 0 AS ours FROM shard WHERE owner IS DISTINCT FROM $1"


class Ownership:
    """The placement of a deployment with one active node."""

    def __init__(self, database: Database, node_id: UUID, lost: Callable[[], None]) -> None:
        """Own nothing yet; `lost` is called once when another node has taken over."""
        self._database = database
        self._node_id = node_id
        self._lost = lost
        self._is_owner = False
        self._task: asyncio.Task[None] | None = None

    def is_ours(self, address: Address) -> bool:  # noqa: ARG002 - one node, whatever the address
        """Tell whether this node may run the actor."""
        return self._is_owner

    @property
    def is_owner(self) -> bool:
        """Tell whether this node owns its shards."""
        return self._is_owner

    async def take(self) -> None:
        """Become the owner of every shard."""
        await fetch(_BEAT, self._node_id)
        await fetch(_TAKE_ALL, self._node_id)
        await self._end_late_work()
        self._is_owner = True
        self._task = asyncio.create_task(self._watch(), name="ownership")

    async def _end_late_work(self) -> None:
        """End what others have under way, so that nothing of it lands and nobody waits for it."""
        connection = await self._database.connection("tandem ownership")
        try:
            # Only the role that signed in may end its sessions, not the one it has taken on.
            await connection.execute("SET ROLE NONE")
            ended = await connection.fetchval(_END_LATE_WORK, str(self._node_id))
            log.info("shards taken", node=str(self._node_id), sessions_ended=ended)
        except asyncpg.InsufficientPrivilegeError as problem:
            # Their sessions end by themselves, some seconds later.
            log.warning("another role's sessions cannot be ended", problem=str(problem))
        finally:
            await connection.close()

    async def release(self) -> None:
        """Leave: the node is no longer listed."""
        if self._task is not None:
            self._task.cancel()
        self._is_owner = False
        await fetch("DELETE FROM node WHERE id = $1", self._node_id)

    async def _watch(self) -> None:
        while self._is_owner:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await fetch(_BEAT, self._node_id)
                rows = await fetch(_STILL_OURS, self._node_id)
            except AWAY as problem:
                # Without the database nothing commits, so nothing can go wrong either.
                log.warning("ownership could not be confirmed", problem=str(problem))
                continue
            if not rows[0]["ours"]:
                log.warning("another server has taken over", node=str(self._node_id))
                self._is_owner = False
                self._lost()
