"""W2: one announcement to everybody, again and again; every delivery is counted.

Usage: python -m benchmarks.load.w2 PLAN.json; prints one JSON object.

With `people` the sockets are signed in to Tandem and an admin announces; without, they are opened
at the raw server, which writes when it is told anything.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.cpu import cpu_s
from benchmarks.load.guest import Guest, arrive_all
from benchmarks.load.percentiles import percentiles_ms
from benchmarks.load.phone import Frame, Lost, Phone, Reply, connect
from protocol.ids import uuid7

ROUND_WITHIN_S = 30.0
WARM_UP_ROUNDS = 5
_OURS = b"announcements.published"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    url: str
    sockets: int
    rounds: int
    message: str
    server_pid: int
    people: list[dict[str, Any]] = []
    admin: dict[str, Any] = {}


class Admin(Guest):
    """Who announces."""

    def received(self, frame: Frame) -> None:
        """Fail when an announcement is refused."""
        if isinstance(frame, Reply) and frame.refused is not None:
            raise Lost(str(frame.refused))
        super().received(frame)

    def announce(self, message: str) -> None:
        """Say something to everybody."""
        do = {"type": "announcements.publish", "message": message}
        call = {"type": "call", "id": str(uuid7()), "to": "announcements", "do": do}
        self.phone.send(json.dumps(call).encode())


class Audience:
    """All sockets that listen, and how many of them have heard."""

    def __init__(self, phones: list[Phone]) -> None:
        self.phones = phones
        self.last = b""
        self._left = 0
        self._all_heard = asyncio.Event()
        for phone in phones:
            phone.raw = self._heard

    def _heard(self, frame: bytes) -> None:
        if _OURS in frame:
            self.last = frame
            self._left -= 1
            if not self._left:
                self._all_heard.set()

    async def hears(self, speak: Callable[[], None]) -> float:
        """Have something said; returns how long it took until all had heard.

        Raises TimeoutError.
        """
        if self._left:
            raise Lost(f"an announcement came {-self._left} times too often")
        self._left = len(self.phones)
        self._all_heard.clear()
        begun = time.perf_counter()
        speak()
        await asyncio.wait_for(self._all_heard.wait(), ROUND_WITHIN_S)
        return time.perf_counter() - begun


async def measure(plan: Plan) -> dict[str, Any]:
    """Run all rounds, one after the other."""
    audience, speak = await (_at_tandem(plan) if plan.people else _at_raw(plan))
    for _ in range(WARM_UP_ROUNDS):
        await audience.hears(speak)
    gc.collect()
    gc.freeze()
    used = cpu_s(plan.server_pid)
    took = [await audience.hears(speak) for _ in range(plan.rounds)]
    used = cpu_s(plan.server_pid) - used
    deliveries = len(audience.phones) * plan.rounds
    return {
        "deliveries_per_s": deliveries / sum(took),
        "round_ms": percentiles_ms(took),
        "cpu_us": used / deliveries * 1_000_000,
        "payload": audience.last.decode(),
    }


async def _at_tandem(plan: Plan) -> tuple[Audience, Callable[[], None]]:
    admin = Admin(plan.admin, [])
    guests = [Guest(person, []) for person in plan.people[: plan.sockets]]
    await arrive_all(plan.url, [admin, *guests])
    audience = Audience([guest.phone for guest in guests])
    return audience, lambda: admin.announce(plan.message)


async def _at_raw(plan: Plan) -> tuple[Audience, Callable[[], None]]:
    def ignore(_frame: Frame) -> None:
        raise Lost("the raw server speaks before it is asked")

    admin, *phones = [await connect(plan.url, ignore) for _ in range(1 + plan.sockets)]
    admin.raw = lambda _frame: None
    return Audience(phones), lambda: admin.send(b"go")


def main() -> None:
    """Read the plan, measure, print."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    print(json.dumps(uvloop.run(measure(plan))))


if __name__ == "__main__":
    main()
