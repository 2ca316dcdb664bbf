"""A storm: thousands of sockets that are cut at once and all come back at once.

Usage: python -m benchmarks.load.storm PLAN.json. Each line on the input is a command, each line on
the output says that it is done: `arrive`, `storm` (with how long each was away), and the end of the
input, at which all hang up.
"""

import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import picows
import uvloop

from benchmarks.load.guest import Guest, arrive_all
from benchmarks.load.percentiles import percentiles_ms
from benchmarks.load.phone import Lost, connect

TRIES_MAX = 6


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes."""

    url: str
    people: list[dict[str, Any]]
    is_bare: bool = False
    """Whether a bare server answers: then a handshake is all there is to come back to."""


class Caller(Guest):
    """Somebody who shakes hands and says nothing."""

    async def _greet(self, url: str, _resume: dict[str, str]) -> None:
        self.phone = await connect(url, self.received)


async def storm(url: str, guests: list[Guest]) -> dict[str, Any]:
    """Cut everybody off, and have everybody come back as fast as they can."""
    for guest in guests:
        guest.phone.cut()
    begun = time.perf_counter()
    away_s: list[float] = []
    tries = 0

    async def come_back(guest: Guest) -> None:
        nonlocal tries
        for attempt in range(TRIES_MAX):
            tries += 1
            try:
                await guest.come_back(url)
            except (OSError, TimeoutError, picows.WSError):
                # As our clients do: later, and not all at once.
                await asyncio.sleep(random.uniform(0, 2**attempt))  # noqa: S311
            else:
                away_s.append(time.perf_counter() - begun)
                return
        raise Lost(f"not let in after {TRIES_MAX} tries")

    coming = []
    for guest in guests:
        coming.append(asyncio.create_task(come_back(guest)))
        # What is answered meanwhile is heard: no phone waits until all the others have dialled.
        await asyncio.sleep(0)
    ended = await asyncio.gather(*coming, return_exceptions=True)
    problems = [repr(problem) for problem in ended if problem is not None]
    return {
        "served_within_s": max(away_s, default=0.0),
        "away_ms": percentiles_ms(away_s),
        "tries": tries,
        "problems": len(problems),
        "first_problem": next(iter(problems), None),
    }


async def stay(plan: Plan) -> None:
    """Do what the input says, until it ends."""
    kind = Caller if plan.is_bare else Guest
    guests = [kind(person, [person["relationship"]]) for person in plan.people]
    loop = asyncio.get_running_loop()
    while command := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        said: dict[str, Any] = {}
        if command == "arrive":
            await arrive_all(plan.url, guests)
        elif command == "storm":
            said = await storm(plan.url, guests)
        lost = sum(guest.phone.is_lost for guest in guests)
        print(json.dumps({"done": command, "lost": lost, **said}), flush=True)
    for guest in guests:
        guest.phone.hang_up()


def main() -> None:
    """Read the plan and stay."""
    # Phones have processors of their own: here they leave them to who serves.
    os.nice(10)
    uvloop.run(stay(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)))


if __name__ == "__main__":
    main()
