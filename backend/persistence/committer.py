"""The committer: a few lanes, and what is done with what they committed."""

from collections.abc import Callable
from uuid import UUID
from zlib import crc32

import structlog

from actors.letter import TellLetter
from actors.ports import Clock
from actors.turn import Turn
from backend.persistence.batch import Batch
from backend.persistence.connections import LaneConnection
from backend.persistence.database import Database
from backend.persistence.guards import Connection
from backend.persistence.lane import WAITING_TURNS_MAX, Lane
from backend.persistence.migrating import PARTITIONS_DAYS_AHEAD
from backend.persistence.outbox import OutboxJob
from protocol.address import Address

log = structlog.get_logger()

Post = Callable[[Address, TellLetter], None]
RelayJobs = Callable[[list[OutboxJob]], None]


class GroupCommitter:
    """Makes turns durable, many at once."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        database: Database,
        node_id: UUID,
        *,
        clock: Clock,
        post: Post,
        relay_jobs: RelayJobs,
        lanes: int = 1,
    ) -> None:
        """Tie lanes to a database; tells go to `post`, jobs to `relay_jobs` once committed."""
        self._clock = clock
        self._post = post
        self._relay_jobs = relay_jobs
        self.lanes = [
            Lane(
                str(number),
                LaneConnection(database, f"tandem lane {number} of {node_id}", self._prepare),
                node_id,
                clock,
                self._relay,
            )
            for number in range(lanes)
        ]

    async def start(self) -> None:
        """Begin to commit."""
        for lane in self.lanes:
            lane.start()

    async def close(self) -> None:
        """Commit what waits, then stop."""
        for lane in self.lanes:
            await lane.close()

    def commit(self, turn: Turn) -> None:
        """Put a turn into its actor's lane."""
        lane = self.lanes[crc32(turn.address.encode()) % len(self.lanes)]
        if lane.waiting >= WAITING_TURNS_MAX:
            Batch([turn], UUID(int=0), turn.now).give_up("too much is waiting to be written")
        else:
            lane.put(turn)

    async def _prepare(self, connection: Connection) -> None:
        await connection.execute(
            "SELECT ensure_partitions($1, $2)", self._clock.now(), PARTITIONS_DAYS_AHEAD
        )

    def _relay(self, batch: Batch) -> None:
        for receiver, letter in batch.sent:
            self._post(receiver, letter)
        if batch.jobs:
            self._relay_jobs(batch.jobs)
