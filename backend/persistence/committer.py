"""The committer: a few lanes, and what is done with what they committed."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

import structlog

from actors.letter import only_tells
from actors.ports import Clock
from actors.turn import Turn
from backend import lasting
from backend.clock import SystemClock
from backend.persistence.batch import Batch
from backend.persistence.commit_queue import CommitQueue
from backend.persistence.giving_up import give_up_again_and_again
from backend.persistence.lane import Lane
from backend.persistence.mail import Mail, Post
from backend.persistence.outbox import OutboxJob
from backend.persistence.ports import OpenSession
from backend.persistence.sessions import Sessions
from backend.persistence.tells import LetterIds

log = structlog.get_logger()

RelayJobs = Callable[[list[OutboxJob]], None]
Committed = Callable[[Batch, float], None]


WAITING_TURNS_MAX = 20_000


class GroupCommitter:
    """Makes turns durable, many at once."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        open_session: OpenSession,
        node_id: UUID,
        *,
        clock: Clock,
        machine: Clock | None = None,
        post: Post,
        relay_jobs: RelayJobs,
        committed: Committed | None = None,
        lanes: int = 1,
    ) -> None:
        """Tie lanes to a database; tells go to `post`, jobs to `relay_jobs` once committed.

        What waits does so by the `machine`'s own clock: whoever moves the other one does not wait
        for letters. `committed` is told of every batch and of the seconds it took.
        """
        machine = machine or SystemClock()
        self._mail = Mail(post, machine)
        self._relay_jobs = relay_jobs
        self._committed = committed
        self.waiting = {"commands": CommitQueue(machine), "tells": CommitQueue(machine)}
        """What waits for a lane. Tells have one of their own: nobody waits for them, and they would
        hold up those who do."""
        shared = [(str(number), self.waiting["commands"]) for number in range(lanes)]
        letter_ids = LetterIds()
        self.lanes = [
            Lane(
                name,
                queue,
                Sessions(open_session, f"tandem lane {name} of {node_id}"),
                node_id,
                clock=clock,
                machine=machine,
                letter_ids=letter_ids,
                relay=self._relay,
            )
            for name, queue in [*shared, ("tells", self.waiting["tells"])]
        ]
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to commit."""
        for lane in self.lanes:
            lane.start()
        self._watch = lasting.begin(partial(give_up_again_and_again, self.lanes), "giving up")

    async def close(self) -> None:
        """Commit what waits, then stop."""
        for lane in self.lanes:
            await lane.close()
        if self._watch is not None:
            self._watch.cancel()

    def bring_mail(self) -> None:
        """Have actors hear now what lingers, while they still may."""
        self._mail.bring_all()

    def commit(self, turn: Turn) -> None:
        """Have a turn written by any lane, for its actor waits for it before the next."""
        what = "tells" if only_tells(step.letter for step in turn.steps) else "commands"
        queue = self.waiting[what]
        if len(queue) >= WAITING_TURNS_MAX:
            turn.give_up("too much is waiting to be written")
        else:
            queue.put(turn)

    def unsettled(self) -> Iterator[Turn]:
        """List the turns that wait for a lane or are on their way."""
        for queue in self.waiting.values():
            yield from queue
        for lane in self.lanes:
            yield from lane.under_way

    def _relay(self, batch: Batch, took_s: float) -> None:
        self._mail.put(batch.sent)
        if batch.jobs:
            self._relay_jobs(batch.jobs)
        if self._committed is not None:
            self._committed(batch, took_s)
