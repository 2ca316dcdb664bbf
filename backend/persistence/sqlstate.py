"""What an error of PostgreSQL means for a batch, by its SQLSTATE."""

from enum import Enum

import asyncpg

NO_PARTITION = "no partition of relation"


class Kind(Enum):
    """What to do about it."""

    GUILTY = "guilty"
    """One of the commands wrote what may not be: find it (classes 22, 23, 42, P0)."""
    AGAIN = "again"
    """Nobody is to blame: the whole batch again, a few times (classes 40, 55)."""
    HOLD = "hold"
    """The server cannot write now: wait for it (classes 08, 53, 57, 58, 25006 and all else)."""


_GUILTY = frozenset({"22", "23", "42", "P0"})
_AGAIN = frozenset({"40", "55"})


def kind_of_problem(problem: asyncpg.PostgresError) -> Kind:
    """Sort an error."""
    state = problem.sqlstate or ""
    if state == "23514" and NO_PARTITION in str(problem):
        return Kind.HOLD
    if state[:2] in _GUILTY:
        return Kind.GUILTY
    return Kind.AGAIN if state[:2] in _AGAIN else Kind.HOLD


def ends_session(problem: asyncpg.PostgresError) -> bool:
    """Tell whether the connection is gone with the error (08, 57P0x, 25P03)."""
    state = problem.sqlstate or ""
    return state[:2] == "08" or state in {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"}
