"""W5: actors alone. Asks a second through one mailbox, against a queue that does nothing.

An ask is a query: what a mailbox, a turn and an answer cost. A command is measured beside it, with
a committer that keeps nothing: its id, its fingerprint and its outcome come on top.

All sides have as many callers who wait for each answer before they ask again, on the same kind of
event loop, one after the other and several times, so that what else the machine does hits all.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from operator import truediv
from statistics import median
from typing import ClassVar
from uuid import UUID

import msgspec
import uvloop

from actors.alone import AllHere
from actors.kind import ActorKind
from actors.part import AnyPart, Part
from actors.ports import Head, Loaded, Numbered
from actors.principal import Principal
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from actors.turn import Settled, Turn
from backend.clock import SystemClock
from backend.collecting import collect_rarely
from backend.persistence.work import Work
from benchmarks.conditions import Conditions, Figures
from protocol.address import Address
from protocol.ids import uuid7
from protocol.messages import Answer, Ask, Command, Query

NEEDS_SERVERS = False
NAME = "w5"
TITLE = "Actors alone"

CALLERS = 64
ASKS = 100_000
ROUNDS = 5
QUICK_ASKS = 20_000
SOMEBODY = Principal(uuid7())
COUNTER = ActorKind("counter", keyed=False)
ADDRESS = Address("counter")
Call = Callable[[], Awaitable[None]]


class Count(msgspec.Struct, frozen=True, gc=False):
    """What the actor remembers."""

    asked: int = 0


class Counted(Answer, frozen=True, tag="bench.counted"):
    """How often it was asked."""

    asked: int


class HowMany(Query, frozen=True, tag="bench.how_many"):
    """Ask how often was counted."""

    actor: ClassVar = "counter"
    reply: ClassVar = Counted


class CountOne(Command, frozen=True, tag="bench.count"):
    """Count one more ask."""

    actor: ClassVar = "counter"
    reply: ClassVar = Counted


async def load(keys: Sequence[UUID]) -> Mapping[UUID, Count]:
    """Begin with nothing counted."""
    return dict.fromkeys(keys, Count())


counter = Part("counter", of=COUNTER, empty=Count(), load=load)


@counter.handles(HowMany)
def how_many(_query: HowMany, count: Count, _turn: Turn) -> Counted:
    """Answer; what is measured is the way there and back."""
    return Counted(asked=count.asked)


@counter.handles(CountOne)
def count_one(_command: CountOne, count: Count, _turn: Turn) -> Counted:
    """Count it as done; nothing is kept."""
    return Counted(asked=count.asked + 1)


class MemoryStore:
    """Knows no actor; each begins empty."""

    async def load(
        self, wanted: Mapping[Address, Collection[AnyPart]], waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        """Give the empty states."""
        del waking
        unborn = Head(version=0, seq=0, generation=1)
        return {
            address: Loaded(unborn, {part: part.empty for part in parts})
            for address, parts in wanted.items()
        }

    def new_work(self) -> Work:
        """Begin what one command wants written."""
        return Work()


class MemoryCommitter:
    """Settles every turn in the next round of the event loop: no commit is ever immediate."""

    def commit(self, turn: Turn) -> None:
        """Call all of it durable."""
        asyncio.get_running_loop().call_soon(self._settle, turn)

    @staticmethod
    def _settle(turn: Turn) -> None:
        settled = Settled()
        settled.committed = len(turn.steps)
        turn.settle(settled)


class NoFanout:
    """Nobody follows any topic."""

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Pass over."""

    def doubt(self, topic: Address) -> None:
        """Pass over."""

    def is_online(self, user_id: UUID) -> bool:
        """Tell that nobody is there."""
        del user_id
        return False

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Pass over."""


async def asks_per_s(callers: int, calls: int, wish: Ask) -> float:
    """Ask one actor, each caller again when it is answered."""
    ref = Ref(_system(), ADDRESS)

    async def ask() -> None:
        outcome = await ref.ask(wish, SOMEBODY)
        if not outcome.granted:
            raise RuntimeError(f"an ask was refused: {outcome.body.decode()}")

    return await _rate([ask] * callers, calls)


async def ping_pongs_per_s(callers: int, calls: int) -> float:
    """Ask a task that takes from one queue and puts the same into the caller's."""
    questions: asyncio.Queue[asyncio.Queue[int]] = asyncio.Queue()

    async def pong() -> None:
        while True:
            answers = await questions.get()
            answers.put_nowait(1)

    def caller() -> Call:
        answers: asyncio.Queue[int] = asyncio.Queue()

        async def ping() -> None:
            questions.put_nowait(answers)
            await answers.get()

        return ping

    answering = asyncio.create_task(pong())
    rate = await _rate([caller() for _ in range(callers)], calls)
    answering.cancel()
    return rate


async def _rate(callers: Sequence[Call], calls: int) -> float:
    """Have every caller call, one call after the other; returns calls a second."""
    each = calls // len(callers)

    async def repeat(call: Call) -> None:
        for _ in range(each):
            await call()

    gc.collect()
    begun = time.perf_counter()
    await asyncio.gather(*[repeat(call) for call in callers])
    return each * len(callers) / (time.perf_counter() - begun)


def _system() -> System:
    return System(
        Repertoire([counter]),
        store=MemoryStore(),
        committer=MemoryCommitter(),
        fanout=NoFanout(),
        placement=AllHere(),
        clock=SystemClock(),
    )


async def compare(callers: int, calls: int, rounds: int) -> Figures:
    """Measure all three, interleaved; the medians of several rounds."""
    asks, commands, pings = [], [], []
    for _ in range(rounds):
        asks.append(await asks_per_s(callers, calls, HowMany()))
        pings.append(await ping_pongs_per_s(callers, calls))
        commands.append(await asks_per_s(callers, calls, CountOne()))
    return {
        "asks_per_s": median(asks),
        "commands_per_s": median(commands),
        "queue_per_s": median(pings),
        "ratio_to_queue": median(map(truediv, asks, pings)),
        "commands_ratio_to_queue": median(map(truediv, commands, pings)),
    }


async def run(conditions: Conditions) -> Figures:
    """Measure with many callers, and with one that is alone."""
    calls, rounds = (QUICK_ASKS, 3) if conditions.is_quick else (ASKS, ROUNDS)
    loop = asyncio.get_running_loop()
    collect_rarely()  # as the server does
    # In a thread with a loop of its own: nothing else may wake up in between.
    many = await loop.run_in_executor(None, uvloop.run, compare(CALLERS, calls, rounds))
    alone = await loop.run_in_executor(None, uvloop.run, compare(1, calls // 2, rounds))
    return {**many, **{f"alone_{name}": figure for name, figure in alone.items()}}
