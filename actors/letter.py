"""Letters: what lies in a mailbox."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from actors.outcome import Outcome, fingerprint
from actors.principal import SYSTEM, Principal
from protocol.messages import Ask, Command, Tell
from protocol.refusals import Refusal

Answered = Callable[[Outcome], None]


class Letter:
    """Somebody's ask, and where the answer goes."""

    __slots__ = ("answered", "ask", "copies", "fingerprint", "forced", "id", "made_at", "principal")

    def __init__(  # noqa: PLR0913 - an envelope has this much written on it
        self,
        ask: Ask,
        principal: Principal,
        answered: Answered,
        *,
        id: UUID | None = None,  # noqa: A002 - the word of the protocol
        made_at: datetime | None = None,
    ) -> None:
        """Seal it. Commands have an id, under which they are done once."""
        self.ask = ask
        self.principal = principal
        self.answered = answered
        self.id = id
        self.made_at = made_at
        self.fingerprint = fingerprint(ask) if isinstance(ask, Command) else b""
        self.copies: list[Answered] = []
        self.forced: Refusal | None = None
        """What the database refused it with; deciding again must come to the same."""

    def answer(self, outcome: Outcome) -> None:
        """Answer it, and every copy of it that came while it was on its way."""
        self.answered(outcome)
        for answered in self.copies:
            answered(outcome)

    def same_wish(self, other: "Letter") -> bool:
        """Tell whether another letter under the same id is a copy of this one."""
        return (
            self.fingerprint == other.fingerprint
            and self.principal.user_id == other.principal.user_id
        )


class TellLetter:
    """What other actors let this one know, written in one of their turns; one row of `tell`."""

    __slots__ = ("forced", "id", "tells", "tries")

    principal = SYSTEM
    made_at = None

    def __init__(self, id: UUID, tells: tuple[Tell, ...], tries: int = 0) -> None:  # noqa: A002
        """Carry the messages of one row, in their order."""
        self.id = id
        self.tells = tells
        self.tries = tries
        self.forced: Refusal | None = None

    def answer(self, outcome: Outcome) -> None:
        """Nobody waits for an answer to a tell."""


AnyLetter = Letter | TellLetter
