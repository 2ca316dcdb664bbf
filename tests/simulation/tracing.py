"""The trace: all that happened in a run, in order; two runs of one seed have the same."""

import hashlib
import sys
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from tests.simulation.scheduling import Schedule

_BUGS = frozenset({"error", "exception", "critical"})
"""The code says by these that it met what should not be."""
_EXPECTED = frozenset({"a command wrote what the database refuses"})
"""Some people here wish what only the table objects to."""
_SHOWN = ("why", "problem", "kind", "turns", "shards", "commands", "address", "count", "ours")


class Trace:
    """What was noted, and what is wrong with it."""

    def __init__(self, schedule: Schedule) -> None:
        """Begin with nothing."""
        self.lines: list[tuple[float, str, str]] = []
        self.wrong: list[str] = []
        """What must never be, in words; a run without any is a good one."""
        self._schedule = schedule

    def note(self, who: str, what: str) -> None:
        """Write down what has happened."""
        self.lines.append((self._schedule.now, who, what))

    def complain(self, what: str) -> None:
        """Write down what must never happen."""
        self.note("!!!", what)
        self.wrong.append(what)

    def logged(self, _logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
        """Take a line of the log of whichever node runs; a processor of structlog."""
        running = self._schedule.running
        shown = " ".join(f"{name}={event[name]}" for name in _SHOWN if name in event)
        what = f"{event['event']} {shown}".rstrip()
        self.note(running.name if running is not None else "world", f"({level}) {what}")
        if level in _BUGS and event["event"] not in _EXPECTED:
            problem = event.get("exc_info")
            found = sys.exc_info()[1] if problem is True else problem
            trace = "".join(traceback.format_exception(found)) if found else ""
            self.complain(f"logged as a bug: {what} {trace}".rstrip())
        raise structlog.DropEvent

    def digest(self) -> str:
        """Give a fingerprint of the whole."""
        found = hashlib.blake2b(digest_size=16)
        for line in self.lines:
            found.update(repr(line).encode())
        return found.hexdigest()

    def show(self, say: Callable[[str], object]) -> None:
        """Say every line."""
        for at, who, what in self.lines:
            say(f"{at:10.4f}  {who:<9} {what}")
