"""Hiding: what no log line may show is taken out of every line before it is written.

Who writes a line should not put it in; this is for the day somebody does. Messages are shown
without their marked fields, and what PostgreSQL and its driver quote of rows is cut off.
"""

import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import msgspec

from protocol.marks import without_private

HIDDEN = "<hidden>"
TRACE_CHARACTERS_MAX = 20_000
DEPTH_MAX = 6

_SECRET_NAMES = frozenset({"authorization", "cookie", "password", "secret", "ticket", "token"})
# The details of an error quote the row it met; the driver quotes the value it could not send.
_DETAILS = re.compile(r"\n(DETAIL|HINT|CONTEXT|QUERY):.*", re.DOTALL)
_ARGUMENT = re.compile(r"(invalid input for query argument \$\d+): .*", re.DOTALL)


def hide(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out of a log line what nobody may read there; a processor of structlog."""
    for name, value in line.items():
        line[name] = HIDDEN if name.lower() in _SECRET_NAMES else shown(value)
    return line


def shown(value: Any, depth: int = 0) -> Any:
    """Show a value as a log may show it."""
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, msgspec.Struct):
        return without_private(value)
    if isinstance(value, BaseException):
        return safe_text(value)
    if depth < DEPTH_MAX:
        if isinstance(value, list | tuple | set | frozenset):
            return [shown(inner, depth + 1) for inner in value]
        if isinstance(value, dict):
            return {str(name): shown(inner, depth + 1) for name, inner in value.items()}
    return value


def trace(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put the trace of a problem into a line, without the values of variables; a processor."""
    problem = line.pop("exc_info", None)
    if problem is True:
        problem = sys.exception()
    elif isinstance(problem, tuple):
        problem = problem[1]
    if isinstance(problem, BaseException):
        line["exception"] = "".join(_trace_of(problem, set()))[-TRACE_CHARACTERS_MAX:]
    return line


def safe_text(problem: BaseException) -> str:
    """Say what a problem says, but for what it quotes of rows."""
    return _safe(str(problem))


def _safe(text: str) -> str:
    return _ARGUMENT.sub(rf"\1: {HIDDEN}", _DETAILS.sub("", text))


def _trace_of(problem: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(problem))
    before = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    if before is not None and id(before) not in seen:
        yield from _trace_of(before, seen)
        yield "\nwhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(problem.__traceback__)
    yield f"{type(problem).__module__}.{type(problem).__qualname__}: {safe_text(problem)}\n"
    if isinstance(problem, BaseExceptionGroup):
        for inner in problem.exceptions:
            if id(inner) not in seen:
                yield "\nthe group holds:\n\n"
                yield from _trace_of(inner, seen)
