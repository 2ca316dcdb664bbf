"""The system: the actors that live in this process, woken, run and put to rest."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterator, Sequence

import msgspec
import structlog

from actors.actor import Actor, Stage
from actors.alone import Nowhere
from actors.letter import AnyLetter, ids_of, only_tells
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.patience import Patience
from actors.ports import Clock, Committer, Elsewhere, Fanout, Placement, Store
from actors.repertoire import Repertoire
from protocol.address import Address, kind_of
from protocol.common import Internal, Moved, NotFound, Temporary, WrongActor
from protocol.refusals import Refusal

log = structlog.get_logger()

LOAD_AT_ONCE_MAX = 256
RUN_AT_ONCE_MAX = 4
"""Actors that run before the event loop turns to others: what commits waits for its turn there,
and what it would commit next is decided meanwhile. The last of them is one that has only heard
something, if there is one: people wait for the others."""

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, msgspec.MsgspecError)
"""What reading raises when it does not understand what it finds."""


class System:
    """All actors of a process, by address."""

    def __init__(  # noqa: PLR0913 - it is tied together in one place, by name
        self,
        repertoire: Repertoire,
        *,
        store: Store,
        committer: Committer,
        fanout: Fanout,
        placement: Placement,
        clock: Clock,
        elsewhere: Elsewhere | None = None,
        idle_s: float = 120.0,
        actors_max: int = 200_000,
    ) -> None:
        """Begin with nobody awake; without an `elsewhere`, who is not here cannot be reached."""
        self.repertoire = repertoire
        self.store = store
        self.committer = committer
        self.fanout = fanout
        self.placement = placement
        self.elsewhere = elsewhere or Nowhere()
        self.clock = clock
        self.idle_s = idle_s
        self.actors_max = actors_max
        self.actors: OrderedDict[Address, Actor] = OrderedDict()
        """Awake actors; the longest idle stand first."""
        self.awake: Counter[str] = Counter()
        """How many of each kind; counting them anew would take long."""
        self.leaving: set[Actor] = set()
        """Those that must go, as soon as their turns have ended."""
        self.patience = Patience()
        self._ready: deque[Actor] = deque()
        self._listening: dict[Address, Actor] = {}
        """Ready as well, with nothing in the mailbox that anybody waits for."""
        self._is_run_due = False
        self._wanted: dict[Address, tuple[Actor, set[AnyPart]]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._being_loaded: Sequence[tuple[Actor, set[AnyPart]]] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopping = False

    def post(self, address: Address, letter: AnyLetter) -> None:
        """Put a letter into an actor's mailbox, here or elsewhere; in time it is answered."""
        actor = self.actors.get(address)
        if actor is None:
            refusal = self._objection(address)
            if refusal is not None:
                letter.answer(Outcome.of(refusal))
                return
            if not self.placement.is_ours(address):
                self.elsewhere.bring(address, letter)
                return
            if self._is_stopping:
                # Nobody has taken it over, so there is nowhere to bring the letter.
                letter.answer(Outcome.of(Moved()))
                return
            role = self.repertoire.roles[kind_of(address)]
            actor = self.actors[address] = Actor(
                address, role, self, self.placement.shard_of(address)
            )
            self.awake[role.kind.name] += 1
        elif letter.id is None and not self.placement.is_sure:
            # A command the database would refuse if the actor lived elsewhere by now; a query it
            # does not see, and what is remembered here may be old.
            self.elsewhere.bring(address, letter)
            return
        actor.receive(letter)

    def _objection(self, address: Address) -> Refusal | None:
        if self.repertoire.role_at(address) is None:
            # Of a known kind without a key: whoever asked has not said which one is meant.
            is_unsaid = address in self.repertoire.roles
            return WrongActor(expected=address) if is_unsaid else NotFound(what="actor")
        return None

    # What actors ask of the system.

    def ready(self, actor: Actor) -> None:
        """Run the actor's turn soon: a few in each round of the event loop."""
        if only_tells(actor.mailbox):
            self._listening[actor.address] = actor
        else:
            self._ready.append(actor)
        self._run_soon()

    def hurry(self, actor: Actor) -> None:
        """Note that somebody waits now for an actor that is ready."""
        if self._listening.pop(actor.address, None) is not None:
            self._ready.append(actor)

    def wants(self, actor: Actor, parts: set[AnyPart]) -> None:
        """Load Parts for an actor, together with what others want."""
        self._wanted[actor.address] = (actor, parts)
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())

    def rest(self, actor: Actor) -> None:
        """Note that an actor has nothing to do: it is now the one idle for the shortest time."""
        actor.last_used = self.clock.monotonic()
        if actor.address in self.actors:
            self.actors.move_to_end(actor.address)

    def lost(self, address: Address) -> None:
        """Hear that the database knows another owner of an actor's shard."""
        self.placement.lost(address)

    def gone(self, actor: Actor, waiting: Sequence[AnyLetter]) -> None:
        """Let go of an actor that lives elsewhere now, and have what waited follow it."""
        if self.actors.get(actor.address) is actor:
            self._take_out(actor.address)
        self.leaving.discard(actor)
        for letter in waiting:
            self.elsewhere.bring(actor.address, letter)

    def undecided(self) -> Iterator[Actor]:
        """List the actors whose next turn has not begun: those that are ready or being loaded."""
        yield from self._ready
        yield from self._listening.values()
        for actor, _ in (*self._being_loaded, *self._wanted.values()):
            yield actor

    def _run_soon(self) -> None:
        if (self._ready or self._listening) and not self._is_run_due:
            self._is_run_due = True
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._run_ready)

    def _run_ready(self) -> None:
        self._is_run_due = False
        ran = 0
        while ran < RUN_AT_ONCE_MAX and (self._ready or self._listening):
            actor = self._next(is_last=ran == RUN_AT_ONCE_MAX - 1)
            try:
                if actor.stage is Stage.READY:
                    actor.run()
            except Exception:
                log.exception("an actor failed", address=actor.address)
                actor.failed(Internal(reference=actor.address))
            # Who must be loaded first costs nothing yet, and is best loaded with all others.
            ran += actor.stage is not Stage.LOADING
        self._run_soon()

    def _next(self, *, is_last: bool) -> Actor:
        if self._listening and (is_last or not self._ready):
            return self._listening.pop(next(iter(self._listening)))
        return self._ready.popleft()

    async def _load(self) -> None:
        try:
            while self._wanted:
                batch = [self._wanted.popitem()[1] for _ in range(self._batch_size())]
                self._being_loaded = batch
                await self._load_some(batch)
        finally:
            self._loading = None
            self._being_loaded = ()

    def _batch_size(self) -> int:
        return min(len(self._wanted), LOAD_AT_ONCE_MAX)

    async def _load_some(self, batch: Sequence[tuple[Actor, set[AnyPart]]]) -> None:
        wanted = {actor.address: parts for actor, parts in batch}
        waking = {actor.address for actor, _ in batch if actor.head is None}
        try:
            loaded = await self.store.load(wanted, waking)
        except Exception as problem:  # noqa: BLE001 - whatever it is, those who wait are answered
            if len(batch) > 1 and isinstance(problem, _UNREADABLE):
                # One of them cannot be read; the others must not suffer for it.
                middle = len(batch) // 2
                await self._load_some(batch[:middle])
                await self._load_some(batch[middle:])
                return
            self._could_not_load(batch, problem)
            return
        for actor, _ in batch:
            actor.loaded(loaded[actor.address])

    def _could_not_load(
        self, batch: Sequence[tuple[Actor, set[AnyPart]]], problem: Exception
    ) -> None:
        actors = [actor for actor, _ in batch]
        if isinstance(problem, Temporary):
            # Those who would be loaded next have waited as long, and would only find the same.
            actors += [actor for actor, _ in self._wanted.values()]
            self._wanted.clear()
            log.warning("actors could not be loaded", **_named(actors))
        else:
            log.error("actors could not be loaded", **_named(actors), exc_info=problem)
            problem = Temporary(why="it could not be read")
        for actor in actors:
            actor.could_not_load(problem)

    # Handing over, passivation and the end.

    def let_go(self, shards: Collection[int]) -> None:
        """Have every actor of these shards go, each at the end of its turn."""
        for actor in [actor for actor in self.actors.values() if actor.shard in shards]:
            actor.leave()
            if actor.is_leaving:
                self.leaving.add(actor)

    def passivate(self) -> int:
        """Let go of actors idle for long, and of the longest idle above the count.

        Returns how many have left.
        """
        idle_since = self.clock.monotonic() - self.idle_s
        leaving: list[Address] = []
        surplus = len(self.actors) - self.actors_max
        for address, actor in self.actors.items():
            if actor.last_used > idle_since and len(leaving) >= surplus:
                break
            if not actor.mailbox and actor.turn is None and actor.stage is not Stage.LOADING:
                leaving.append(address)
        for address in leaving:
            self._take_out(address)
        return len(leaving)

    def _take_out(self, address: Address) -> None:
        self.awake[self.actors.pop(address).role.kind.name] -= 1

    async def stop(self, within_s: float = 10.0) -> None:
        """Take nothing new for sleeping actors, and wait until those awake have finished."""
        self._is_stopping = True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while self._is_busy() and loop.time() < deadline:  # noqa: ASYNC110 - at the end only
            await asyncio.sleep(0.01)

    def _is_busy(self) -> bool:
        return any(actor.turn is not None or actor.mailbox for actor in self.actors.values())


def _named(actors: Sequence[Actor]) -> dict[str, object]:
    waiting = (letter for actor in actors for letter in actor.mailbox)
    return {"count": len(actors), "correlation_ids": ids_of(waiting)}
