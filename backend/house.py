"""The house: everything a running node consists of, started and stopped in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from redis.asyncio import Redis

from actors.letter import AnyLetter, TellLetter
from actors.ports import Clock
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from backend import rooms
from backend.access import RoomAccess
from backend.authentication import SessionAuthenticator, identity_settings
from backend.domains import identity
from backend.fanout.hub import Hub
from backend.gateway.gateway import Gateway
from backend.jobs.planner import JobPlanner
from backend.jobs.queue import JobQueue
from backend.jobs.relay import JobRelay
from backend.observability.backlog import Backlog
from backend.observability.lag import watch_lag
from backend.observability.meters import Meters
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database
from backend.persistence.outbox import OutboxJob
from backend.persistence.ownership import Ownership
from backend.persistence.store import ActorStore
from backend.persistence.tell_sweeper import TellSweeper
from backend.persistence.tells import TellReader
from backend.settings import Settings
from protocol import withdrawn
from protocol.address import Address
from protocol.closing import Closing
from protocol.codec import Codec, codecs
from protocol.ids import uuid7
from protocol.vocabulary import Vocabulary

log = structlog.get_logger()

PASSIVATE_EVERY_S = 5.0


class House:
    """One node: actors, lanes, sockets, tied together."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Tie everything; nothing runs before `start`."""
        self.settings = settings
        self.clock = clock
        self.node_id: UUID = uuid7()
        self.vocabulary = Vocabulary.of(
            [withdrawn, *rooms.modules("messages"), *rooms.modules("actor")]
        )
        self.codecs: dict[str, Codec] = codecs(self.vocabulary)
        rooms.modules("reactions")  # They register with the Parts they belong to.
        self.repertoire = Repertoire.of(rooms.modules("actor"))
        self.database = Database(settings.database_url, pool_max=settings.database_pool_max)
        self.hub = Hub()
        self.meters = Meters(is_tracing=settings.log_level == "debug")
        self.backlog = Backlog()
        self.ownership = Ownership(self.database, self.node_id, self._lost_ownership)
        self.committer = GroupCommitter(
            self.database,
            self.node_id,
            clock=clock,
            post=self._post,
            relay_jobs=self._relay_jobs,
            committed=self.meters.committed,
            lanes=settings.lanes,
        )
        tells = TellReader(self.vocabulary)
        self.tell_sweeper = TellSweeper(
            self.database,
            tells,
            post=self._post,
            is_owner=lambda: self.ownership.is_owner,
            clock=clock,
        )
        self.system = System(
            self.repertoire,
            store=ActorStore(tells),
            committer=self.committer,
            fanout=self.hub,
            placement=self.ownership,
            clock=clock,
            idle_s=settings.actor_idle_s,
            actors_max=settings.actors_max,
        )
        self.gateway = Gateway(
            system=self.system,
            hub=self.hub,
            authenticator=SessionAuthenticator(clock),
            access=RoomAccess(self.repertoire),
            clock=clock,
            settings=settings.gateway,
            events=self.vocabulary.events,
            meters=self.meters,
            missing=self._missing,
            public_topics=("announcements",),
        )
        self.redis = _redis(settings.redis_url)
        jobs_redis_url = settings.jobs_redis_url or settings.redis_url
        self.job_relay = JobRelay(JobQueue(jobs_redis_url), clock) if jobs_redis_url else None
        self.job_planner = JobPlanner(clock, self._relay_jobs)
        self._on_cut_off = rooms.offered("on_cut_off")
        self.ended_sessions = identity.EndedSessions(clock, self.redis, self._sessions_closed)
        self.identity = identity.Identity(
            identity_settings(settings),
            clock,
            self.redis,
            on_sign_up=rooms.offered("on_sign_up"),
            sessions_closed=self.ended_sessions.tell,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def ref(self, address: Address) -> Ref:
        """Give a handle on an actor."""
        return Ref(self.system, address)

    async def start(self) -> None:
        """Open the database, take ownership, and begin."""
        await self.database.open()
        await self.ownership.take()
        await self.committer.start()
        if self.job_relay is not None:
            self.job_relay.start()
        self.job_planner.start()
        await self.tell_sweeper.start()
        self.ended_sessions.start()
        self._tasks.append(asyncio.create_task(self._passivate(), name="passivation"))
        lag = watch_lag(self.meters.lag_us)
        self._tasks.append(asyncio.create_task(lag, name="event-loop lag"))
        log.info("the node has started", node=self.node_id, lanes=len(self.committer.lanes))

    async def leave(self) -> None:
        """Say goodbye to the sockets, spread over a while, so that nobody is cut off."""
        await self.gateway.close_all(Closing.MOVING, self.settings.drain_s)

    async def stop(self) -> None:
        """Finish what is under way, then let go of everything."""
        await self.gateway.close_all(Closing.MOVING)
        self.gateway.absences.give_up_all()
        await self.ended_sessions.stop()
        await self.tell_sweeper.stop()
        self.committer.bring_mail()
        await self.system.stop()
        await self.committer.close()
        await self.job_planner.stop()
        if self.job_relay is not None:
            await self.job_relay.stop()
        for task in self._tasks:
            task.cancel()
        await self._quietly(self.ownership.release)
        await self.database.close()
        self.identity.close()
        if self.redis is not None:
            await self.redis.aclose()
        log.info("the node has stopped", node=self.node_id)

    async def _quietly(self, call: Callable[[], Awaitable[None]]) -> None:
        try:
            await call()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the rest must end too
            log.warning("could not leave in order", problem=str(problem))

    async def _passivate(self) -> None:
        while True:
            await self.clock.sleep(PASSIVATE_EVERY_S)
            self.meters.passivations += self.system.passivate()

    def _post(self, address: Address, letter: AnyLetter) -> None:
        if isinstance(letter, TellLetter):
            letter.unheard = self.tell_sweeper.unheard
        self.system.post(address, letter)

    def _relay_jobs(self, jobs: list[OutboxJob]) -> None:
        if self.job_relay is not None:
            self.job_relay.put(jobs)

    def _missing(self, user_id: UUID, last_sign_at: datetime) -> None:
        for job_for in self._on_cut_off:
            self.job_planner.plan(job_for(user_id, last_sign_at))

    def _sessions_closed(self, session_ids: Sequence[UUID], _reason: str) -> None:
        self.gateway.close_sessions(set(session_ids), Closing.SESSION_REVOKED)

    def _lost_ownership(self) -> None:
        task = asyncio.create_task(self.gateway.close_all(Closing.MOVING, 0.5))
        self._tasks.append(task)


def _redis(url: str | None) -> Redis | None:
    """Make a client that never waits long; nothing is connected yet."""
    return Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0) if url else None
