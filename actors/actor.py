"""The actor's life: letters wait, a turn decides them, the commit settles it, memory follows.

    asleep ─letter→ ready ─run→ loading ─loaded→ ready ─run→ committing ─settled→ idle … gone

There is no task per actor: a letter makes it ready, and the system runs what is ready.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from actors.deciding import NotLoaded, decide, messages_in, parts_for
from actors.letter import AnyLetter, Letter, TellLetter
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.ports import Head, Loaded
from actors.repertoire import Role
from actors.turn import Settled, States, Step, Turn
from protocol.address import Address
from protocol.common import Moved, Overloaded, Temporary
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from actors.system import System

log = structlog.get_logger()

MAILBOX_MAX = 512
TURN_STEPS_MAX = 64
LOST_TIMES_MAX = 5
"""So often a letter is decided again because others committed for its actor meanwhile."""


class Stage(Enum):
    """Where in its life an actor is."""

    ASLEEP = "asleep"
    """It remembers nothing yet, or nothing any more."""
    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    """Letters wait, and the system will run it."""
    COMMITTING = "committing"
    GONE = "gone"
    """It lives elsewhere now."""


class Actor:
    """One actor in this process."""

    __slots__ = (
        "address",
        "by_id",
        "head",
        "is_leaving",
        "last_used",
        "mailbox",
        "role",
        "shard",
        "stage",
        "states",
        "system",
        "turn",
    )

    def __init__(self, address: Address, role: Role, system: "System", shard: int = 0) -> None:
        """Come into being, knowing nothing yet."""
        self.address = address
        self.shard = shard
        self.is_leaving = False
        """Whether it must go as soon as its turn has ended: its shard is another node's."""
        self.role = role
        self.system = system
        self.stage = Stage.ASLEEP
        self.mailbox: list[AnyLetter] = []
        self.by_id: dict[UUID, Letter | TellLetter] = {}
        """Letters that wait or are in the turn, so that a copy finds the first."""
        self.states: States = {}
        self.head: Head | None = None
        self.turn: Turn | None = None
        self.last_used = 0.0

    def receive(self, letter: AnyLetter) -> None:
        """Take a letter in, or answer it at once when it may not wait here."""
        if letter.id is not None and self._is_copy(letter):
            return
        if len(self.mailbox) >= MAILBOX_MAX and isinstance(letter, Letter):
            letter.answer(Outcome.of(Overloaded(what="mailbox")))
            return
        if letter.id is not None:
            self.by_id.setdefault(letter.id, letter)
        self.mailbox.append(letter)
        if self.stage is Stage.IDLE or self.stage is Stage.ASLEEP:
            self.proceed()
        elif self.stage is Stage.READY and isinstance(letter, Letter):
            self.system.hurry(self)

    def _is_copy(self, letter: AnyLetter) -> bool:
        first = self.by_id.get(letter.id) if letter.id else None
        if first is None:
            return False
        if isinstance(letter, Letter) and isinstance(first, Letter):
            if not letter.same_wish(first):
                # One of the two misuses the id; which, the database knows.
                return False
            first.copies.append(letter.answered)
        return True

    def proceed(self) -> None:
        """Have a turn run when letters wait; else rest."""
        if self.is_leaving:
            self.go()
        elif self.mailbox:
            self.stage = Stage.READY
            self.system.ready(self)
        else:
            self.stage = Stage.IDLE if self.head else Stage.ASLEEP
            self.system.rest(self)

    def leave(self) -> None:
        """Go: at once, or when the turn under way has ended."""
        if self.stage is Stage.COMMITTING:
            self.is_leaving = True
        elif self.stage is not Stage.GONE:
            self.go()

    def go(self) -> None:
        """Live here no longer; what waits is brought to wherever the actor lives then."""
        self.stage = Stage.GONE
        self.forget()
        waiting, self.mailbox = self.mailbox, []
        self.by_id.clear()
        self.system.gone(self, waiting)

    def _missing(self, letters: Iterable[AnyLetter]) -> set[AnyPart]:
        states = self.states
        role = self.role
        missing: set[AnyPart] = set()
        if len(states) == len(role.parts):
            return missing
        for letter in letters:
            for part in parts_for(role, letter):
                if part not in states:
                    missing.add(part)
        return missing

    def loaded(self, loaded: Loaded) -> None:
        """Remember what was read, and go on."""
        if self.stage is Stage.GONE:
            return
        if self.head is None:
            self._wake(loaded)
        elif loaded.head.version != self.head.version:
            # Somebody else committed for this actor: nothing remembered may be trusted.
            self.forget()
        else:
            self.states = {**self.states, **loaded.states}
        self.proceed()

    def _wake(self, loaded: Loaded) -> None:
        self.head = loaded.head
        self.states = loaded.states
        if loaded.tells:
            # What was read stands in its order; a copy of it that was posted meanwhile does not.
            read = {letter.id: letter for letter in loaded.tells}
            waiting = [letter for letter in self.mailbox if letter.id not in read]
            self.by_id.update(read)
            self.mailbox = [*loaded.tells, *waiting]

    def could_not_load(self, refusal: Refusal) -> None:
        """Answer what waited: the actor could not be brought to life."""
        if self.stage is Stage.GONE:
            return
        self.forget()
        self._answer_all(refusal)
        self.proceed()

    def failed(self, refusal: Refusal) -> None:
        """Answer all that is here after a bug, and begin anew."""
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.is_settled = True
            self._answer(turn.letters, refusal)
        self.could_not_load(refusal)

    def forget(self) -> None:
        """Drop what is remembered; it is loaded anew when the next letter needs it."""
        self.head = None
        self.states = {}

    def run(self) -> None:
        """Decide what waits, to a limit, and have it committed; load first what is missing."""
        letters = self.mailbox[:TURN_STEPS_MAX]
        missing = self._missing(letters)
        if missing or self.head is None:
            self.stage = Stage.LOADING
            self.system.wants(self, missing)
            return
        system = self.system
        now = system.clock.now()
        new_work = system.store.new_work
        turn = Turn(
            self.address, self.head, now, fanout=system.fanout, new_work=new_work, shard=self.shard
        )
        states = self.states
        writes = False
        for letter in letters:
            step = Step(letter)
            try:
                states = decide(self.role, turn, step, states)
            except NotLoaded as found:
                self.role.learn(messages_in(letter), found.parts)
                self.proceed()
                return
            turn.steps.append(step)
            writes = writes or step.writes
        del self.mailbox[: len(letters)]
        self.turn = turn
        self.stage = Stage.COMMITTING
        turn.settle = self.settled
        turn.give_up_behind = self.give_up_waiting
        if writes:
            system.committer.commit(turn)
        else:
            self._settle_unwritten(turn)

    def _settle_unwritten(self, turn: Turn) -> None:
        settled = Settled()
        settled.committed = len(turn.steps)
        self.settled(settled)

    def settled(self, settled: Settled) -> None:
        """Follow the end of a commit: remember, answer, publish; then go on with what waits."""
        turn = self.turn
        assert turn is not None, "a turn is settled once"  # noqa: S101
        self.turn = None
        turn.is_settled = True
        try:
            if settled.is_lost:
                self._lost(turn, is_elsewhere=settled.is_elsewhere)
            elif settled.unavailable is not None:
                self.forget()
                self._answer(turn.letters, Temporary(why=settled.unavailable))
            else:
                self._remember(turn, settled)
        except Exception:
            # What is durable is so; the actor begins anew from there.
            log.exception("a settled turn could not be followed", address=self.address)
            self.forget()
            self.system.fanout.doubt(self.address)
        self.proceed()

    def _lost(self, turn: Turn, *, is_elsewhere: bool) -> None:
        """Begin anew from what is durable: nothing of the turn is, so it may be decided again.

        Unless it has committed and that was not learned: then its ids are known, its answers are
        given again, and nobody was told what happened.
        """
        self.forget()
        self.system.fanout.doubt(self.address)
        again: list[AnyLetter] = []
        for letter in turn.letters:
            letter.forced = None
            letter.lost_times += 1
            if letter.lost_times < LOST_TIMES_MAX:
                again.append(letter)
            else:
                self._answer([letter], Moved())
        self.mailbox[:0] = again
        if is_elsewhere:
            self.system.lost(self.address)

    def _remember(self, turn: Turn, settled: Settled) -> None:
        done = turn.steps[: settled.committed]
        if done:
            head = turn.head
            wrote = any(step.writes for step in done)
            self.head = Head(
                head.version + wrote, head.seq + len(settled.numbered), head.generation
            )
            self.states = done[-1].states
        for step in done:
            self._done_with(step.letter)
            step.letter.answer(step.outcome)
        if settled.committed < len(turn.steps):
            self._decide_again(turn, settled)
        try:
            if settled.numbered:
                self.system.fanout.publish(
                    self.address, turn.head.generation, turn.now, settled.numbered
                )
        except Exception:
            # It is in the log, and is read from there; the actor goes on.
            log.exception("events could not be published", address=self.address)
            self.system.fanout.doubt(self.address)
        for step in done:
            for call in step.after:
                self._do_after(call)

    def _do_after(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            log.exception("what follows a commit failed", address=self.address)

    def _decide_again(self, turn: Turn, settled: Settled) -> None:
        """Put what stood behind the cut back in front; the one that was cut knows why."""
        first, *behind = turn.letters[settled.committed :]
        if settled.stored is not None:
            self._done_with(first)
            first.answer(settled.stored)
            # Whoever committed it first may have ended, or lost the turn, before it was published.
            self.system.fanout.doubt(self.address)
            self.mailbox[:0] = behind
        else:
            first.forced = settled.cut
            self.mailbox[:0] = [first, *behind]

    def _answer(self, letters: Iterable[AnyLetter], refusal: Refusal) -> None:
        outcome = Outcome.of(refusal)
        for letter in letters:
            self._done_with(letter)
            letter.answer(outcome)

    def give_up_waiting(self, refusal: Refusal) -> list[AnyLetter]:
        """Answer the asks that wait behind the turn that is under way, and return them.

        Tells keep their place: nobody waits for them, and they must be heard in order.
        """
        given_up: list[AnyLetter] = [
            letter for letter in self.mailbox if isinstance(letter, Letter)
        ]
        self.mailbox = [letter for letter in self.mailbox if isinstance(letter, TellLetter)]
        self._answer(given_up, refusal)
        return given_up

    def _answer_all(self, refusal: Refusal) -> None:
        waiting, self.mailbox = self.mailbox, []
        self._answer(waiting, refusal)

    def _done_with(self, letter: AnyLetter) -> None:
        if letter.id is not None and self.by_id.get(letter.id) is letter:
            del self.by_id[letter.id]
