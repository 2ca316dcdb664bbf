"""Plans: how much of a turn a transaction tries to commit."""

from collections.abc import Iterator
from typing import cast

from actors.letter import Letter, TellLetter
from actors.ports import Numbered
from actors.turn import Settled, Step, Turn
from backend.persistence.work import Work
from protocol.refusals import Refusal


class Plan:
    """The first steps of a turn, as many as nothing speaks against so far."""

    __slots__ = ("commands", "cut_by", "numbered", "settled", "steps", "tells", "turn")

    def __init__(self, turn: Turn) -> None:
        """Plan the whole turn."""
        self.turn = turn
        self.settled = Settled()
        self.cut_at(len(turn.steps))

    def cut_at(self, step: int) -> None:
        """Plan only the steps before this one."""
        self.steps: list[Step] = self.turn.steps[:step]
        self.numbered: list[Numbered] = self.turn.numbered(step)
        self.commands: list[tuple[int, Step, Letter]] = []
        self.tells: list[tuple[int, TellLetter]] = []
        for place, planned in enumerate(self.steps):
            letter = planned.letter
            if not planned.writes:
                continue
            if isinstance(letter, TellLetter):
                self.tells.append((place, letter))
            else:
                self.commands.append((place, planned, letter))

    def fail(self, step: int, refusal: Refusal | None) -> None:
        """Note what the database has against a step; the earliest one counts."""
        if step < len(self.steps):
            self.cut_at(step)
            self.settled.cut = refusal
            self.settled.stored = None

    @property
    def writes(self) -> bool:
        """Tell whether anything planned must be committed."""
        return bool(self.commands or self.tells)

    @property
    def version(self) -> int:
        """At which the actor's head stands after this turn."""
        return self.turn.head.version + 1

    @property
    def seq(self) -> int:
        """The number of the topic's last event after this turn."""
        return self.turn.head.seq + len(self.numbered)

    def works(self) -> Iterator[tuple[int, Work]]:
        """Go through what the planned steps want written."""
        for place, step in enumerate(self.steps):
            if step.work is not None:
                yield place, cast("Work", step.work)

    def settle(self) -> None:
        """Tell the actor that the plan is durable."""
        self.settled.committed = len(self.steps)
        self.settled.numbered = self.numbered
        self.turn.settle(self.settled)
