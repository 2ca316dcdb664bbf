"""The actor's life: letters wait, a turn decides them, the commit settles it, memory follows.

    asleep ─letter→ loading ─loaded→ ready ─run→ committing ─settled→ ready … ─idle→ gone

There is no task per actor: a letter makes it ready, and the system runs what is ready.
"""

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from actors.deciding import decide, parts_for
from actors.letter import AnyLetter, Letter, TellLetter
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.ports import Head, Loaded
from actors.repertoire import Role
from actors.turn import Settled, States, Step, Turn
from protocol.address import Address
from protocol.common import IdReused, Moved, Overloaded, Temporary
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from actors.system import System

MAILBOX_MAX = 512
TURN_STEPS_MAX = 64


class Stage(Enum):
    """Where in its life an actor is."""

    ASLEEP = "asleep"
    LOADING = "loading"
    READY = "ready"
    COMMITTING = "committing"


class Actor:
    """One actor in this process."""

    __slots__ = (
        "address",
        "by_id",
        "head",
        "last_used",
        "mailbox",
        "role",
        "stage",
        "states",
        "system",
        "turn",
    )

    def __init__(self, address: Address, role: Role, system: "System") -> None:
        """Come into being, knowing nothing yet."""
        self.address = address
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
            self.by_id[letter.id] = letter
        self.mailbox.append(letter)
        if self.stage is Stage.READY or self.stage is Stage.ASLEEP:
            self.proceed()

    def _is_copy(self, letter: AnyLetter) -> bool:
        first = self.by_id.get(letter.id) if letter.id else None
        if first is None:
            return False
        if isinstance(letter, Letter) and isinstance(first, Letter):
            if letter.same_wish(first):
                first.copies.append(letter.answered)
            else:
                letter.answer(Outcome.of(IdReused()))
        return True

    def proceed(self) -> None:
        """Do what comes next for the letters that wait: load, or run a turn."""
        if not self.mailbox:
            self.stage = Stage.READY if self.head else Stage.ASLEEP
            self.system.rest(self)
            return
        missing = self._missing(self.mailbox[:TURN_STEPS_MAX])
        if missing or self.head is None:
            self.stage = Stage.LOADING
            self.system.wants(self, missing)
        else:
            self.stage = Stage.READY
            self.system.ready(self)

    def _missing(self, letters: Iterable[AnyLetter]) -> set[AnyPart]:
        states = self.states
        role = self.role
        return {part for letter in letters for part in parts_for(role, letter) if part not in states}

    def loaded(self, loaded: Loaded) -> None:
        """Remember what was read, and go on."""
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
        known = [letter for letter in loaded.tells if letter.id not in self.by_id]
        for letter in known:
            self.by_id[letter.id] = letter
        self.mailbox[:0] = known

    def could_not_load(self, refusal: Refusal) -> None:
        """Answer what waited: the actor could not be brought to life."""
        self.forget()
        self.stage = Stage.ASLEEP
        self._answer_all(refusal)
        self.system.rest(self)

    def forget(self) -> None:
        """Drop what is remembered; it is loaded anew when the next letter needs it."""
        self.head = None
        self.states = {}

    def run(self) -> None:
        """Decide what waits, to a limit, and hand it to the committer."""
        if self.head is None:
            self.proceed()
            return
        letters = self.mailbox[:TURN_STEPS_MAX]
        del self.mailbox[:TURN_STEPS_MAX]
        system = self.system
        turn = Turn(self.address, self.head, system.clock.now(), system.fanout.is_online)
        states = self.states
        for letter in letters:
            step = Step(letter, system.store.new_work())
            states = decide(self.role, turn, step, states)
            turn.steps.append(step)
        self.turn = turn
        self.stage = Stage.COMMITTING
        turn.settle = self.settled
        if any(step.writes for step in turn.steps):
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
        if settled.lost:
            self.forget()
            self._answer(turn.steps, Moved())
        elif settled.unavailable is not None:
            self.forget()
            self._answer(turn.steps, Temporary(why=settled.unavailable))
        else:
            self._remember(turn, settled)
        self.proceed()

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
        if settled.numbered:
            self.system.fanout.publish(
                self.address, turn.head.generation, turn.now, settled.numbered
            )
        for step in done:
            step.work.committed()
        if settled.committed < len(turn.steps):
            self._decide_again(turn, settled)

    def _decide_again(self, turn: Turn, settled: Settled) -> None:
        """Put what stood behind the cut back in front; the one that was cut knows why."""
        first, *behind = [step.letter for step in turn.steps[settled.committed :]]
        if settled.stored is not None:
            self._done_with(first)
            first.answer(settled.stored)
            self.mailbox[:0] = behind
        else:
            first.forced = settled.cut
            self.mailbox[:0] = [first, *behind]

    def _answer(self, steps: Iterable[Step], refusal: Refusal) -> None:
        outcome = Outcome.of(refusal)
        for step in steps:
            self._done_with(step.letter)
            step.letter.answer(outcome)

    def _answer_all(self, refusal: Refusal) -> None:
        waiting, self.mailbox = self.mailbox, []
        outcome = Outcome.of(refusal)
        for letter in waiting:
            self._done_with(letter)
            letter.answer(outcome)

    def _done_with(self, letter: AnyLetter) -> None:
        if letter.id is not None:
            self.by_id.pop(letter.id, None)
