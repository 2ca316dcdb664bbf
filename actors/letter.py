"""Letters: what lies in a mailbox."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from uuid import UUID

import structlog

from actors.outcome import Outcome, fingerprint
from actors.principal import SYSTEM, Principal
from protocol.messages import Ask, Command, Tell
from protocol.refusals import Refusal

log = structlog.get_logger()

Answered = Callable[[Outcome], None]

IDS_SHOWN_MAX = 10
"""Of more letters a line of the log names the first."""


class Letter:
    """Somebody's ask, and where the answer goes."""

    __slots__ = (
        "answered",
        "ask",
        "copies",
        "fingerprint",
        "forced",
        "id",
        "lost_times",
        "made_at",
        "principal",
    )

    def __init__(
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
        self.lost_times = 0
        """How often its turn had lost its actor; it is decided again, though not for ever."""

    def answer(self, outcome: Outcome) -> None:
        """Answer it, and every copy of it that came while it was on its way."""
        try:
            self.answered(outcome)
        except Exception:
            # Whoever fails to take an answer may ask again; nobody else must wait for that.
            log.exception("an answer could not be given")
        if self.copies:
            waiting, self.copies = self.copies, []
            for self.answered in waiting:
                self.answer(outcome)

    def same_wish(self, other: "Letter") -> bool:
        """Tell whether another letter under the same id is a copy of this one."""
        return (
            self.fingerprint == other.fingerprint
            and self.principal.user_id == other.principal.user_id
        )


class TellLetter:
    """What other actors let this one know, written in one of their turns; one row of `tell`."""

    __slots__ = ("forced", "id", "lost_times", "tells", "tries", "unheard")

    principal = SYSTEM
    made_at = None

    def __init__(self, id: UUID, tells: tuple[Tell, ...], tries: int = 0) -> None:  # noqa: A002
        """Carry the messages of one row, in their order."""
        self.id = id
        self.tells = tells
        self.tries = tries
        self.forced: Refusal | None = None
        self.lost_times = 0
        self.unheard: Unheard | None = None
        """Who must know when it could not be heard; its row is still there then."""

    def answer(self, outcome: Outcome) -> None:
        """Nobody waits for an answer to a tell; only that it could not be heard is noted."""
        if not outcome.granted and self.unheard is not None:
            self.unheard(self, outcome)


AnyLetter = Letter | TellLetter


def only_tells(letters: Iterable[AnyLetter]) -> bool:
    """Tell whether nobody waits for any of these letters."""
    return all(isinstance(letter, TellLetter) for letter in letters)


def ids_of(letters: Iterable[AnyLetter]) -> list[UUID | str]:
    """Give the ids of letters for a line of the log, so that a command is found in it."""
    ids = (letter.id for letter in letters if letter.id is not None)
    shown: list[UUID | str] = list(islice(ids, IDS_SHOWN_MAX))
    return shown if next(ids, None) is None else [*shown, "…"]


Unheard = Callable[[TellLetter, Outcome], None]
