"""W3: thousands of sockets that signed in and follow their topics, and then only stay.

Usage: python -m benchmarks.load.w3 PLAN.json. Each line on the input is a command, each line on
the output says that it is done: `arrive`, `speak` (everybody logs a mood), and the end of the
input, at which all hang up.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.load.guest import Guest, arrive_all
from benchmarks.load.phone import Bye, Frame, Lost, Reply
from protocol.ids import uuid7

SPEAKING_AT_ONCE_MAX = 200
SPOKEN_WITHIN_S = 120.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes."""

    url: str
    people: list[dict[str, Any]]


class Resident(Guest):
    """Somebody who stays, and says something once."""

    def __init__(self, person: dict[str, Any]) -> None:
        super().__init__(person, [person["relationship"]])
        self.answered: asyncio.Future[None] | None = None

    async def speak(self) -> None:
        """Log a mood, so that every actor of the two comes to life. Raises Lost."""
        self.answered = asyncio.get_running_loop().create_future()
        do = {"type": "moods.log", "mood": "happy", "mood_score": 7}
        call = {"type": "call", "id": str(uuid7()), "to": self.relationship, "do": do}
        self.phone.send(json.dumps(call).encode())
        await asyncio.wait_for(self.answered, SPOKEN_WITHIN_S)

    def received(self, frame: Frame) -> None:
        """Wait for the answer; fail when the socket is closed."""
        if isinstance(frame, Reply) and self.answered is not None:
            if frame.refused is None:
                self.answered.set_result(None)
            else:
                self.answered.set_exception(Lost(str(frame.refused)))
        elif isinstance(frame, Bye) and self.answered is not None:
            raise Lost(f"the server said goodbye: {frame.reason}")
        else:
            super().received(frame)


async def speak_all(residents: list[Resident]) -> None:
    """Have everybody speak, a few at once."""
    floor = asyncio.Semaphore(SPEAKING_AT_ONCE_MAX)

    async def speak(resident: Resident) -> None:
        async with floor:
            await resident.speak()

    await asyncio.gather(*[speak(resident) for resident in residents])


async def stay(plan: Plan) -> None:
    """Do what the input says, until it ends."""
    residents = [Resident(person) for person in plan.people]
    loop = asyncio.get_running_loop()
    while command := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if command == "arrive":
            await arrive_all(plan.url, residents)
        elif command == "speak":
            await speak_all(residents)
        lost = sum(resident.phone.is_lost for resident in residents)
        print(json.dumps({"done": command, "lost": lost}), flush=True)
    for resident in residents:
        resident.phone.hang_up()


def main() -> None:
    """Read the plan and stay."""
    uvloop.run(stay(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)))


if __name__ == "__main__":
    main()
