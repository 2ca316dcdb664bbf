"""The house: everything a running node consists of, started and stopped in order."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from redis.asyncio import Redis

from actors.letter import AnyLetter, TellLetter
from actors.ports import Clock
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from backend import lasting, rooms
from backend.access import RoomAccess
from backend.authentication import SessionAuthenticator, identity_settings, providers_of
from backend.clock import SystemClock
from backend.cluster.cluster import Cluster
from backend.cluster.redis_transport import RedisTransport
from backend.cluster.survey import Survey
from backend.domains import identity
from backend.fanout.fanout import Fanout
from backend.gateway.gateway import Gateway
from backend.integrations.redis_url import open_redis
from backend.jobs.planner import JobPlanner
from backend.jobs.queue import JobQueue
from backend.jobs.relay import JobRelay
from backend.observability.backlog import Backlog
from backend.observability.lag import watch_lag
from backend.observability.meters import Meters
from backend.observability.node_reader import NodeReader
from backend.persistence import pulse
from backend.persistence.answering import AWAY
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database
from backend.persistence.directory import PostgresDirectory
from backend.persistence.event_log import PostgresEventLog
from backend.persistence.outbox import OutboxJob
from backend.persistence.services import close_services
from backend.persistence.session import open_session
from backend.persistence.store import ActorStore
from backend.persistence.tell_sweeper import TellSweeper
from backend.persistence.tells import TellReader
from backend.services import services_of
from backend.settings import Settings
from protocol import withdrawn
from protocol.address import Address
from protocol.closing import Closing
from protocol.codec import Codec, codecs
from protocol.ids import uuid7
from protocol.vocabulary import Vocabulary

log = structlog.get_logger()

PASSIVATE_EVERY_S = 5.0
FINISH_WITHIN_S = 2.0


class House:
    """One node: actors, lanes, sockets, tied together."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Tie everything; nothing runs before `start`. Raises SettingWrong."""
        settings.check_node()
        self.settings = settings
        self.clock = clock
        self.node_id: UUID = uuid7()
        self.vocabulary = Vocabulary.of([withdrawn, *rooms.words(), *rooms.modules("actor")])
        self.codecs: dict[str, Codec] = codecs(self.vocabulary)
        rooms.modules("reactions")  # They register with the Parts they belong to.
        self.repertoire = Repertoire.of(rooms.modules("actor"))
        self.database = Database(settings.database_url, pool_max=settings.database_pool_max)
        self.meters = Meters(is_tracing=settings.log_level == "debug")
        self.backlog = Backlog()
        self.cluster = self._new_cluster()
        self.membership = self.cluster.membership
        access = RoomAccess(self.repertoire)
        self.fanout = Fanout(self.cluster, access, PostgresEventLog(), self.vocabulary.events)
        self.committer = GroupCommitter(
            partial(open_session, self.database, clock),
            self.node_id,
            clock=clock,
            post=self._post,
            relay_jobs=self.relay_jobs,
            committed=self.meters.committed,
            lanes=settings.lanes,
        )
        tells = TellReader(self.vocabulary)
        self.tell_sweeper = TellSweeper(
            self.database,
            tells,
            post=self._post,
            placement=self.membership,
            clock=clock,
        )
        self.system = self._new_system(ActorStore(tells))
        self.gateway = self._new_gateway(access)
        self.cluster.tell(self.gateway.presence)
        self.redis = _redis(settings)
        jobs_url = settings.jobs_url
        self.job_relay = JobRelay(JobQueue(jobs_url), clock) if jobs_url else None
        self.job_planner = JobPlanner(clock, self.relay_jobs)
        self._on_cut_off = rooms.offered("on_cut_off")
        self.ended_sessions = identity.EndedSessions(clock, self.redis, self._sessions_closed)
        self.identity = identity.Identity(
            identity_settings(settings),
            clock,
            self.redis,
            on_sign_up=rooms.offered("on_sign_up"),
            on_wake=rooms.offered("on_wake"),
            on_rest=rooms.offered("on_rest"),
            sessions_closed=self.ended_sessions.tell,
            relay=self.relay_jobs,
            providers=providers_of(settings, clock),
        )
        self.catalogue = rooms.catalogue()
        self.services = services_of(settings, clock)
        self.reader = NodeReader(self)
        self.survey = Survey(self.cluster, self.reader.read)
        self._tasks: list[asyncio.Task[None]] = []

    def _new_gateway(self, access: RoomAccess) -> Gateway:
        return Gateway(
            system=self.system,
            fanout=self.fanout,
            node_id=self.node_id,
            authenticator=SessionAuthenticator(self.clock),
            access=access,
            clock=self.clock,
            settings=self.settings.gateway,
            events=self.vocabulary.events,
            meters=self.meters,
            missing=self._missing,
            public_topics=("announcements",),
        )

    def _new_cluster(self) -> Cluster:
        settings, node_id = self.settings, self.node_id
        urls = settings.redis_urls
        return Cluster(
            node_id,
            directory=PostgresDirectory(self.database, node_id, settings.lease_s),
            transport=RedisTransport(urls, node_id) if urls else None,
            vocabulary=self.vocabulary,
            post_here=self._post,
            clock=SystemClock(),
            lease_s=settings.lease_s,
            secret=settings.hash_key,
            cut_off=self._cut_off,
        )

    def _new_system(self, store: ActorStore) -> System:
        return System(
            self.repertoire,
            store=store,
            committer=self.committer,
            fanout=self.fanout,
            placement=self.membership,
            elsewhere=self.cluster.router,
            clock=self.clock,
            idle_s=self.settings.actor_idle_s,
            actors_max=self.settings.actors_max,
        )

    def ref(self, address: Address) -> Ref:
        """Give a handle on an actor."""
        return Ref(self.system, address)

    async def start(self) -> None:
        """Open the database, join the nodes, and begin."""
        await self.database.open()
        await self.committer.start()
        await self.cluster.join(self.system)
        self.fanout.start()
        if self.job_relay is not None:
            self.job_relay.start()
        self.job_planner.start()
        await self.tell_sweeper.start(is_alone=self.membership.is_alone)
        self.ended_sessions.start()
        self._tasks = [
            lasting.begin(self._passivate, "passivation"),
            lasting.begin(self._beat, "pulse"),
            lasting.begin(partial(watch_lag, self.meters.lag_us), "event-loop lag"),
            lasting.begin(self.reader.lately.watch, "what was lately"),
        ]
        log.info("the node has started", node=self.node_id, lanes=len(self.committer.lanes))

    async def leave(self) -> None:
        """Hand the actors over, then say goodbye to the sockets, spread over a while."""
        await self.cluster.leave()
        await self.gateway.end(self.settings.drain_s)

    async def stop(self) -> None:
        """Finish what is under way, then let go of everything."""
        await self.gateway.end()
        self.gateway.absences.give_up_all()
        await self.gateway.finish(FINISH_WITHIN_S)
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
        await self.fanout.stop()
        await self.survey.stop()
        await self.cluster.stop()
        await self.database.close()
        self.identity.close()
        await close_services(self.services)
        for provider in self.identity.providers.values():
            await provider.close()
        if self.redis is not None:
            await self.redis.aclose()
        log.info("the node has stopped", node=self.node_id)

    async def _passivate(self) -> None:
        while True:
            await self.clock.sleep(PASSIVATE_EVERY_S)
            self.meters.passivations += self.system.passivate()

    async def _beat(self) -> None:
        """Say again and again that people can be served here."""
        while True:
            with suppress(*AWAY):
                if self.membership.is_sure:
                    await pulse.beat(self.clock.now())
            await self.clock.sleep(pulse.BEAT_EVERY_S)

    def _post(self, address: Address, letter: AnyLetter) -> None:
        if isinstance(letter, TellLetter):
            letter.unheard = self.tell_sweeper.unheard
        self.system.post(address, letter)

    def _cut_off(self, is_cut_off: bool) -> None:  # noqa: FBT001 - what it hears
        if is_cut_off:
            self.gateway.start(self.gateway.close_all(Closing.MOVING, self.settings.drain_s))
        else:
            self.gateway.open_again()

    def relay_jobs(self, jobs: list[OutboxJob]) -> None:
        """Bring jobs to the workers that are committed."""
        if self.job_relay is not None:
            self.job_relay.put(jobs)

    def _missing(self, user_id: UUID, last_sign_at: datetime) -> None:
        self.gateway.start(self._look_for(user_id, last_sign_at))

    async def _look_for(self, user_id: UUID, last_sign_at: datetime) -> None:
        """Have somebody told what they missed who has come back to no node."""
        if await self.fanout.whereabouts.is_online(user_id):
            return
        for job_for in self._on_cut_off:
            self.job_planner.plan(job_for(user_id, last_sign_at))

    def _sessions_closed(self, session_ids: Sequence[UUID], _reason: str) -> None:
        self.gateway.close_sessions(set(session_ids), Closing.SESSION_REVOKED)


def _redis(settings: Settings) -> Redis | None:
    """Make a client that never waits long; nothing is connected yet."""
    urls = settings.redis_urls
    return open_redis(urls[0], Redis, within_s=1.0) if urls else None
