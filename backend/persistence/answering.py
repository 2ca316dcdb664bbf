"""Answering: what it means when the database does not, said in one place for all who read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from backend.persistence.guards import Connection
from backend.persistence.sqlstate import CONNECTION_PROBLEMS, is_passing, words_of
from protocol.common import Temporary

log = structlog.get_logger()

AWAY = (Temporary, *CONNECTION_PROBLEMS)
"""All that asking a database may raise which is away, or is coming back."""
SAID_EVERY_S = 1.0
"""While it is away everybody meets it; one line in so long is enough."""

_said: dict[str, float] = {}
"""What was said of it, and when."""


@contextmanager
def temporary_when_away(connection: Connection) -> Iterator[None]:
    """Have what fails for want of the database refused; bugs pass. Raises Temporary."""
    try:
        yield
    except CONNECTION_PROBLEMS as problem:
        if not is_away(problem, connection):
            raise
        raise temporary(problem) from problem


def temporary(problem: Exception) -> Temporary:
    """Refuse what the database could not do for the moment, and write down why."""
    say_away(problem)
    return Temporary(why="the database is away")


def say_away(problem: Exception) -> None:
    """Write down that the database is away, though not for everybody who meets it."""
    words, now = words_of(problem), time.monotonic()
    if now - _said.get(words, -SAID_EVERY_S) >= SAID_EVERY_S:
        _said.clear()
        _said[words] = now
        log.warning("the database is away", problem=words)


def is_away(problem: BaseException, connection: Connection) -> bool:
    """Tell whether a statement failed for want of the database, not for what it says."""
    if isinstance(problem, asyncpg.PostgresError):
        return is_passing(problem)
    if isinstance(problem, asyncpg.InterfaceError):
        return is_gone(connection)
    return isinstance(problem, OSError | asyncpg.InternalClientError)


def is_gone(connection: Connection) -> bool:
    """Tell whether a connection has ended."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True  # The pool has taken it back already, because it ended.
