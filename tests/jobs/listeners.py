"""Actors that hear tells, some of which they cannot; with the sweeper that looks after them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import UUID

import msgspec

from actors.kind import ActorKind
from actors.letter import TellLetter
from actors.part import Part
from actors.placement import SHARDS
from actors.ports import Numbered
from actors.repertoire import Repertoire
from actors.system import System
from actors.turn import Turn
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database, fetch
from backend.persistence.session import open_session
from backend.persistence.store import ActorStore
from backend.persistence.tell_sweeper import TellSweeper
from backend.persistence.tells import LetterIds, TellReader, gather
from protocol.address import Address, address_of
from protocol.ids import uuid7
from protocol.messages import Tell
from protocol.refusals import Refusal
from protocol.vocabulary import Vocabulary
from tests.support.clock import FakeClock
from tests.support.engine import LEASE_S, MuffledDirectory, membership_of
from tests.support.servers import Servers
from tests.support.until import until

LISTENER = ActorKind("listener")


class Word(Tell, frozen=True, tag="test.word"):
    """Something to remember."""

    actor: ClassVar = "listener"
    text: str


class Stumble(Tell, frozen=True, tag="test.stumble"):
    """Something the listener has a bug for."""

    actor: ClassVar = "listener"


class Unwelcome(Tell, frozen=True, tag="test.unwelcome"):
    """Something the listener refuses for good."""

    actor: ClassVar = "listener"


class NotForMe(Refusal):
    """The listener does not want it."""

    code = "test.not_for_me"
    sentence = "This is not for me."


class Nothing(msgspec.Struct, frozen=True):
    """Listeners remember nothing; the test does."""


class Silence:
    """A fan-out nobody follows."""

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Tell nobody."""

    def doubt(self, topic: Address) -> None:
        """Nobody follows it."""

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Nobody is there."""

    def is_online(self, user_id: UUID) -> bool:  # noqa: ARG002
        """Nobody is."""
        return False


@dataclass
class Listeners:
    """Running listeners, and what they heard."""

    system: System
    sweeper: TellSweeper
    directory: MuffledDirectory
    heard: list[str] = field(default_factory=list)
    is_mended: bool = False
    """Whether the bug has been found."""

    async def sweeper_listens(self) -> bool:
        """Tell whether the sweeper can be woken."""
        found = await fetch(
            "SELECT 1 FROM pg_stat_activity "
            "WHERE application_name = 'tandem tell sweeper' AND query LIKE 'LISTEN%'"
        )
        return bool(found)

    def post(self, address: Address, letter: TellLetter) -> None:
        """Post a tell as the committer does."""
        letter.unheard = self.sweeper.unheard
        self.system.post(address, letter)


def _part(listeners: Listeners) -> Part[Nothing]:
    async def load(_keys: Sequence[UUID]) -> Mapping[UUID, Nothing]:
        return {}

    part = Part("ears", of=LISTENER, empty=Nothing(), load=load)

    @part.hears(Word)
    def word(tell: Word, ears: Nothing, turn: Turn) -> None:
        del ears, turn
        listeners.heard.append(tell.text)

    @part.hears(Stumble)
    def stumble(_tell: Stumble, ears: Nothing, turn: Turn) -> None:
        del ears, turn
        listeners.heard.append("mended" if listeners.is_mended else "stumbled")
        if not listeners.is_mended:
            raise RuntimeError("the listener has a bug")

    @part.hears(Unwelcome)
    def unwelcome(_tell: Unwelcome, ears: Nothing, turn: Turn) -> None:
        del ears, turn
        raise NotForMe

    return part


async def leave_tells(clock: FakeClock, to: Address, *letters: tuple[Tell, ...]) -> None:
    """Leave tells in their table, as a crash between commit and posting does."""
    now_ms = int(clock.now().timestamp() * 1000)
    ids = LetterIds()
    for tells in letters:
        ((_, letter),) = gather([(to, tell) for tell in tells], ids, now_ms)
        await fetch(
            "INSERT INTO tell (id, receiver, tells, tries, sent_at) "
            "VALUES ($1, $2, $3::text::json, 0, $4)",
            letter.id,
            to,
            msgspec.json.encode(letter.tells).decode(),
            clock.now(),
        )


def somebody() -> Address:
    """Name a listener nobody has spoken to."""
    return address_of("listener", uuid7())


@asynccontextmanager
async def listening(
    servers: Servers, clock: FakeClock, *, sweeps: bool = True
) -> AsyncIterator[Listeners]:
    """Run listeners; with the sweeper unless the test starts it itself."""
    vocabulary = Vocabulary()
    for tell in (Word, Stumble, Unwelcome):
        vocabulary.add(tell)
    database = await Database(servers.urls.app).open()
    reader = TellReader(vocabulary)
    node_id = uuid7()
    directory = MuffledDirectory(database, node_id, LEASE_S)
    membership = membership_of(node_id, directory)

    def post(address: Address, letter: TellLetter) -> None:
        running.post(address, letter)

    committer = GroupCommitter(
        partial(open_session, database, clock),
        node_id,
        clock=clock,
        post=post,
        relay_jobs=lambda _jobs: None,
    )
    sweeper = TellSweeper(
        database,
        reader,
        post=post,
        placement=membership,
        clock=clock,
    )
    running = Listeners(system=None, sweeper=sweeper, directory=directory)  # type: ignore[arg-type]  # tied below
    running.system = System(
        Repertoire([_part(running)]),
        store=ActorStore(reader),
        committer=committer,
        fanout=Silence(),
        placement=membership,
        clock=clock,
    )
    membership.residents = running.system
    await committer.start()
    await membership.join()
    await until(lambda: membership.owned == SHARDS)
    if sweeps:
        await sweeper.start()
    try:
        yield running
    finally:
        await sweeper.stop()
        await running.system.stop()
        await committer.close()
        await membership.stop()
        await database.close()
