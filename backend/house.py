"""The house: everything a running node consists of, started and stopped in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog
from redis.asyncio import Redis

from actors.letter import AnyLetter
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
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database
from backend.persistence.outbox import OutboxJob
from backend.persistence.ownership import Ownership
from backend.persistence.store import ActorStore
from backend.persistence.tells import TellReader
from backend.settings import Settings
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
        self.vocabulary = Vocabulary.of([*rooms.modules("messages"), *rooms.modules("actor")])
        self.codecs: dict[str, Codec] = codecs(self.vocabulary)
        self.repertoire = Repertoire.of(rooms.modules("actor"))
        self.database = Database(settings.database_url, pool_max=settings.database_pool_max)
        self.hub = Hub()
        self.ownership = Ownership(self.database, self.node_id, self._lost_ownership)
        self.committer = GroupCommitter(
            self.database,
            self.node_id,
            clock=clock,
            post=self._post,
            relay_jobs=self._relay_jobs,
            lanes=settings.lanes,
        )
        self.system = System(
            self.repertoire,
            store=ActorStore(TellReader(self.vocabulary)),
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
            public_topics=("announcements",),
        )
        self.redis: Redis | None = (
            Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)
            if settings.redis_url
            else None
        )
        self.identity = identity.Identity(
            identity_settings(settings),
            clock,
            self.redis,
            on_sign_up=rooms.offered("on_sign_up"),
            sessions_closed=self._sessions_closed,
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
        self._tasks.append(asyncio.create_task(self._passivate(), name="passivation"))

    async def leave(self) -> None:
        """Say goodbye to the sockets, spread over a while, so that nobody is cut off."""
        await self.gateway.close_all(Closing.MOVING, self.settings.drain_s)

    async def stop(self) -> None:
        """Finish what is under way, then let go of everything."""
        await self.gateway.close_all(Closing.MOVING)
        await self.system.stop()
        await self.committer.close()
        for task in self._tasks:
            task.cancel()
        await self._quietly(self.ownership.release)
        await self.database.close()
        self.identity.close()
        if self.redis is not None:
            await self.redis.aclose()

    async def _quietly(self, call: Callable[[], Awaitable[None]]) -> None:
        try:
            await call()
        except Exception as problem:
            log.warning("could not leave in order", problem=str(problem))

    async def _passivate(self) -> None:
        while True:
            await self.clock.sleep(PASSIVATE_EVERY_S)
            self.system.passivate()

    def _post(self, address: Address, letter: AnyLetter) -> None:
        self.system.post(address, letter)

    def _relay_jobs(self, jobs: list[OutboxJob]) -> None:
        log.debug("jobs wait in the outbox", count=len(jobs))

    def _sessions_closed(self, session_ids: Sequence[UUID], _reason: str) -> None:
        self.gateway.close_sessions(set(session_ids), Closing.SESSION_REVOKED)

    def _lost_ownership(self) -> None:
        task = asyncio.create_task(self.gateway.close_all(Closing.MOVING, 0.5))
        self._tasks.append(task)
