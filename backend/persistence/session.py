"""A session with PostgreSQL: what a batch asks of the database, as statements."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from actors.outcome import Stored
from actors.ports import Clock
from backend.persistence import event_log, outbox, outcomes, tells
from backend.persistence.database import Database
from backend.persistence.guards import Connection, Question
from backend.persistence.migrating import PARTITIONS_DAYS_AHEAD
from backend.persistence.opening import open_batch
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.ports import Mark, Opened, Row
from backend.persistence.tells import Sent
from backend.persistence.writing import waves_of, write_all

COMMIT = "COMMIT; BEGIN"
"""Whoever commits next finds a transaction begun; the lane ends it when nobody comes."""
COMMITTED_WITHIN_S = 30.0
"""What was sent before a COMMIT may be given up sooner, for it surely comes to nothing. Once that
is on its way, its end must be learned, and it is often learned soonest by waiting."""

_END_OTHER = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = $1 AND backend_xid = $2::text::xid8::xid"
)
_STATUS_OF = "SELECT pg_xact_status($1::text::xid8)"
# Asked of what was written, not of the number: after a crash the server gives the numbers of
# transactions that left no trace to others, and may call those committed. One head is enough: the
# others may have been written anew since, by who has taken their actors over.
_HAS_LEFT = """
SELECT EXISTS (
    SELECT FROM unnest($2::text[], $3::bigint[]) AS u(address, version)
    JOIN head AS h ON h.address = u.address AND h.version = u.version
    WHERE h.xmin = $1::text::xid8::xid
)
"""
PREPARED_WITHIN_S = 30.0
"""The tables of many days may have to be made."""


async def open_session(database: Database, clock: Clock, name: str) -> "PostgresSession":
    """Open a session that is prepared for batches. Raises what a database raises."""
    connection = await database.connection(name)
    # Batches vary in size only: one plan serves all, and a changed estimate is no surprise.
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    # Every row is found by its key, one by one. A table whose rows come and go, such as `tell`,
    # may look empty when the plan is made, and be long of dead rows when it is used.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        await connection.execute(f"SET enable_{way} = off")
    if connection.get_server_version().major >= 17:  # noqa: PLR2004 - where it came
        await connection.execute("SET transaction_timeout = '30s'")
    await connection.execute(
        "SELECT ensure_partitions($1, $2)",
        clock.now(),
        PARTITIONS_DAYS_AHEAD,
        timeout=PREPARED_WITHIN_S,
    )
    return PostgresSession(connection)


class PostgresSession:
    """Implements `backend.persistence.ports.Session` on a connection."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        """Take over a connection that is open."""
        self.connection = connection

    @property
    def pid(self) -> int:
        """By which the database knows it."""
        return int(self.connection.get_server_pid())

    @property
    def is_closed(self) -> bool:
        """Tell whether it has ended."""
        return bool(self.connection.is_closed())

    @property
    def is_in_transaction(self) -> bool:
        """Tell whether a transaction is begun."""
        return bool(self.connection.is_in_transaction())

    async def begin(self) -> None:
        """Begin a transaction, unless one is begun."""
        if not self.is_in_transaction:
            await self.connection.execute("BEGIN")

    async def open(
        self, plans: Sequence[Plan], node_id: UUID, questions: Sequence[Question]
    ) -> tuple[Opened, list[list[Row]]]:
        """Fence the turns, store outcomes, delete tells, ask for guards: one statement."""
        return await open_batch(self.connection, plans, node_id, questions)

    async def write(
        self, plans: Sequence[Plan], sent: Sent, jobs: list[OutboxJob], now: datetime
    ) -> None:
        """Write the rows of all turns, and those of the engine."""
        writes = [[work.writes for _, work in plan.works()] for plan in plans]
        engine_rows = [*event_log.rows(plans), *tells.rows(sent, now), *outbox.rows(jobs)]
        await write_all(self.connection, waves_of(writes), engine_rows)

    async def check(self) -> None:
        """Check now what would be checked at the commit."""
        await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    async def commit(self) -> None:
        """Make it durable, and begin the next transaction."""
        await self.connection.execute(COMMIT, timeout=COMMITTED_WITHIN_S)

    async def roll_back(self, within_s: float | None = None) -> None:
        """Take back what is not committed."""
        await self.connection.execute("ROLLBACK", timeout=within_s)

    async def stored(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Read the outcomes that are known of commands."""
        return await outcomes.read(self.connection, ids)

    async def waiting(self, ids: Collection[UUID]) -> set[UUID]:
        """Tell which of these tells nobody has heard yet."""
        return await tells.still_waiting(self.connection, ids)

    async def step_out_of_role(self) -> None:
        """Be who signed in, not the role that was taken on."""
        await self.connection.execute("SET ROLE NONE")

    async def end_other(self, pid: int, xid: str) -> bool:
        """Have the session end that works on a transaction; False when there is none."""
        return bool(await self.connection.fetchval(_END_OTHER, pid, xid))

    async def is_running(self, xid: str) -> bool:
        """Tell whether a transaction is still under way."""
        try:
            status: str | None = await self.connection.fetchval(_STATUS_OF, xid)
        except asyncpg.InvalidParameterValueError:
            # One that was never begun, says this server: it is another one, or was restored.
            return False
        return status == "in progress"

    async def has_left(self, mark: Mark) -> bool:
        """Tell whether the transaction has committed, by what it leaves."""
        addresses, versions = list(mark.versions), list(mark.versions.values())
        return bool(await self.connection.fetchval(_HAS_LEFT, mark.xid, addresses, versions))

    def terminate(self) -> None:
        """Let go of it without a word."""
        self.connection.terminate()

    async def close(self) -> None:
        """Say goodbye."""
        await self.connection.close()
