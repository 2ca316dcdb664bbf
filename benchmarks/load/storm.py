"""A storm: thousands of sockets that are cut at once and all come back at once.

Usage: python -m benchmarks.load.storm PLAN.json. Each line on the input is a command, each line on
the output says that it is done: `arrive`, `storm` (with how long each was away), and the end of the
input, at which all hang up.
"""

import heapq
import json
import os
import random
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.load.caller import Caller
from benchmarks.load.guest import ARRIVING_AT_ONCE_MAX
from benchmarks.load.percentiles import percentiles_ms
from benchmarks.load.phone import LET_IN_WITHIN_S
from protocol.clients.python.backoff import backoff_s

DIALLED_AT_ONCE = 16
"""What is answered meanwhile is heard: no phone waits until all the others have dialled."""
TRIES_MAX = 9
"""The ninth comes ten seconds after the eighth on the average."""
_LOOK_EVERY_S = 0.5
_COMMANDS_BYTES = 4_096


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes."""

    url: str
    people: list[dict[str, Any]]
    is_bare: bool = False
    """Whether a bare server answers: then a handshake is all there is to come back to."""


class Crowd:
    """Everybody of a plan; what comes is heard whenever there is nothing else to do."""

    def __init__(self, callers: Iterable[Caller]) -> None:
        """Begin with nobody there; commands come on the standard input."""
        self.callers = list(callers)
        self.commands: deque[str] = deque()
        """Lines of the input that have come; an empty one is its end."""
        self._coming: dict[Caller, float] = {}
        """Since when those who are not there yet want to be."""
        self._away_s: list[float] = []
        self._began_at = 0.0
        self._problems: list[str] = []
        self._dials: list[tuple[float, int, Caller]] = []
        self._deadlines: deque[tuple[float, socket.socket, Caller]] = deque()
        """By when who dialled is to be let in, over which socket."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)

    def arrive(self) -> dict[str, Any]:
        """Have everybody come, a few at once."""
        later = deque(self.callers)
        self._begin()
        while later or self._coming:
            while later and len(self._coming) < ARRIVING_AT_ONCE_MAX:
                self._bring(later.popleft())
            self._go_on()
        return self._sum_up()

    def storm(self) -> dict[str, Any]:
        """Cut everybody off, and have everybody come back as soon as our clients would."""
        self._begin()
        for caller in self.callers:
            if caller.problem is None:
                self._selector.unregister(caller.socket)
            else:
                self._problems.append(f"lost before the storm: {caller.problem}")
            caller.cut()
            self._miss(caller)
        for caller in self.callers:
            self._dial_later(caller)
        while self._coming:
            self._go_on()
        return self._sum_up()

    def listen(self, seconds: float | None) -> None:
        """Hear what comes, and wait at most so long for it."""
        for key, events in self._selector.select(seconds):
            if key.data is None:
                self._obey(os.read(key.fd, _COMMANDS_BYTES))
            elif events & selectors.EVENT_WRITE:
                key.data.ask_to_come_in()
                self._selector.modify(key.fd, selectors.EVENT_READ, key.data)
            else:
                key.data.hear()
                self._look_at(key.data)

    def hang_up(self) -> None:
        """Have everybody close."""
        for caller in self.callers:
            caller.hang_up()

    def _obey(self, lines: bytes) -> None:
        if not lines:
            self._selector.unregister(sys.stdin.fileno())
        self.commands.extend(lines.decode().splitlines() or [""])

    def _begin(self) -> None:
        self._away_s, self._problems = [], []
        self._began_at = time.perf_counter()

    def _sum_up(self) -> dict[str, Any]:
        return {
            "began_at": self._began_at,
            "served_within_s": max(self._away_s, default=0.0),
            "away_ms": percentiles_ms(self._away_s),
            "tries": sum(caller.tries for caller in self.callers),
            "problems": len(self._problems),
            "first_problem": next(iter(self._problems), None),
        }

    def _bring(self, caller: Caller) -> None:
        self._miss(caller)
        self._dial_later(caller)

    def _miss(self, caller: Caller) -> None:
        caller.tries = 0
        self._coming[caller] = time.perf_counter()

    def _dial_later(self, caller: Caller) -> None:
        at = time.perf_counter() + backoff_s(caller.tries, random.random)
        heapq.heappush(self._dials, (at, id(caller), caller))

    def _go_on(self) -> None:
        now = time.perf_counter()
        for _ in range(DIALLED_AT_ONCE):
            if not self._dials or self._dials[0][0] > now:
                break
            self._dial(heapq.heappop(self._dials)[2])
        while self._deadlines and self._deadlines[0][0] < now:
            _, dialled, caller = self._deadlines.popleft()
            if caller.socket is dialled and caller.problem is None and not caller.is_let_in:
                caller.problem = "not let in in time"
                self._look_at(caller)
        next_at = self._dials[0][0] if self._dials else now + _LOOK_EVERY_S
        self.listen(min(max(next_at - now, 0.0), _LOOK_EVERY_S))

    def _dial(self, caller: Caller) -> None:
        has_asked = caller.dial()
        event = selectors.EVENT_READ if has_asked else selectors.EVENT_WRITE
        self._selector.register(caller.socket, event, caller)
        deadline = time.perf_counter() + LET_IN_WITHIN_S
        self._deadlines.append((deadline, caller.socket, caller))

    def _look_at(self, caller: Caller) -> None:
        if caller.problem is not None:
            self._try_again(caller, caller.problem)
        elif caller.is_there and caller in self._coming:
            self._away_s.append(time.perf_counter() - self._coming.pop(caller))

    def _try_again(self, caller: Caller, problem: str) -> None:
        """Have somebody dial once more who is on their way; who was there already is lost."""
        self._selector.unregister(caller.socket)
        caller.socket.close()
        if caller.tries < TRIES_MAX and caller in self._coming:
            self._dial_later(caller)
        else:
            self._problems.append(problem)
            self._coming.pop(caller, None)


def stay(plan: Plan) -> None:
    """Do what the input says, until it ends."""
    people = [Caller(each, plan.url, only_shakes_hands=plan.is_bare) for each in plan.people]
    crowd = Crowd(people)
    do = {"arrive": crowd.arrive, "storm": crowd.storm}
    while True:
        while not crowd.commands:
            crowd.listen(None)
        command = crowd.commands.popleft()
        if not command:
            break
        said = do[command]()
        lost = sum(not caller.is_there for caller in people) - said["problems"]
        print(json.dumps({"done": command, "lost": lost, **said}), flush=True)
    crowd.hang_up()


def give_way() -> None:
    """Run only where nobody else wants to: phones have processors of their own."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)


def main() -> None:
    """Read the plan and stay."""
    give_way()
    stay(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan))


if __name__ == "__main__":
    main()
