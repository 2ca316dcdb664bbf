"""What an error of the database means for a batch, by its SQLSTATE."""

from enum import Enum

import asyncpg

NO_PARTITION = "no partition of relation"


class Unreachable(Exception):
    """The database did not answer; nothing of this was committed."""


CONNECTION_PROBLEMS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # What the driver says when a session ends while it prepares.
)
"""All that opening or using a connection may raise."""


class Kind(Enum):
    """What to do about it."""

    GUILTY = "guilty"
    """One of the commands wrote what may not be: find it (classes 22, 23, 42, P0, and bugs)."""
    UNPREPARED = "unprepared"
    """A partition is missing: have it made; when it cannot be, one of the commands is guilty."""
    AGAIN = "again"
    """Nobody is to blame: the whole batch again, a few times (classes 40, 55)."""
    HOLD = "hold"
    """The server cannot write now: wait for it (classes 08, 53, 57, 58, 25006 and all else)."""


BLAMING = frozenset({Kind.GUILTY, Kind.UNPREPARED})

_GUILTY = frozenset({"22", "23", "42", "P0"})
_AGAIN = frozenset({"40", "55"})
_SESSION_ENDS = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "25006"})
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})


def kind_of_problem(problem: Exception) -> Kind:
    """Sort an error."""
    if isinstance(problem, Unreachable):
        return Kind.HOLD
    if not isinstance(problem, asyncpg.PostgresError):
        return Kind.GUILTY
    state = problem.sqlstate or ""
    if state == "23514" and NO_PARTITION in str(problem):
        return Kind.UNPREPARED
    if state[:2] in _GUILTY:
        return Kind.GUILTY
    return Kind.AGAIN if state[:2] in _AGAIN else Kind.HOLD


def ends_session(problem: asyncpg.PostgresError) -> bool:
    """Tell whether the connection is gone with the error, or of no use any more.

    A server that may only be read (25006) was perhaps the primary once: whoever connects anew finds
    the one that is it now.
    """
    state = problem.sqlstate or ""
    return state[:2] == "08" or state in _SESSION_ENDS


def is_passing(problem: asyncpg.PostgresError) -> bool:
    """Tell whether the server says that it cannot do this just now; later it may."""
    state = problem.sqlstate or ""
    return state[:2] in _PASSING or state == "25006"


def words_of(problem: Exception) -> str:
    """Say what is wrong, for the log, without what people wrote.

    That stands in DETAIL, and where a value itself is the problem (class 22) in the sentence too.
    """
    if isinstance(problem, asyncpg.PostgresError):
        state = problem.sqlstate or ""
        return state if state[:2] == "22" else f"{state}: {problem.args[0]}"
    if isinstance(problem, Unreachable | OSError):
        return str(problem) or type(problem).__name__
    return type(problem).__name__


class Trouble:
    """What a batch has met so far."""

    def __init__(self) -> None:
        self.kind = Kind.HOLD
        """Of the last problem."""
        self.times = 0
        self.again = 0
        """How often without the database being away."""
        self._was_prepared = False

    def meet(self, problem: Exception) -> None:
        """Take a problem in."""
        self.kind = kind_of_problem(problem)
        if self.kind is Kind.UNPREPARED and self._was_prepared:
            self.kind = Kind.GUILTY
        self._was_prepared = self._was_prepared or self.kind is Kind.UNPREPARED
        self.times += 1
        self.again += self.kind is not Kind.HOLD
