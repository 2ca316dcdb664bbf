"""A load whose every command is accounted for, and what must be true of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from backend import rooms
from backend.persistence import invariants as engine_invariants
from backend.persistence.database import fetch
from backend.persistence.invariants import invariants_of
from protocol.clients.python import Refused
from protocol.ids import uuid7
from tests.support.processes import Door, Pair, Somebody, pair_at, sign_up
from tests.support.until import until

ANSWERED_WITHIN_S = 40.0
PAUSE_S = 0.03


@dataclass
class Load:
    """What two people, and a stranger who may not, sent to one relationship."""

    pair: Pair
    stranger: Somebody
    granted: list[UUID] = field(default_factory=list)
    refused: list[UUID] = field(default_factory=list)
    pause_s: float = PAUSE_S
    """How long each waits between two."""
    acked: list[tuple[float, float]] = field(default_factory=list)
    """When those that were granted were sent, and when answered; by the loop's clock."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _is_ending: bool = False

    def begin(self) -> None:
        """Have each of them log mood after mood, a few at a time, until `end`."""
        self._is_ending = False
        people = (self.pair.anna, self.pair.ben, self.stranger)
        self._tasks = [
            asyncio.create_task(self._keep_logging(person)) for person in people for _ in range(3)
        ]

    async def end(self) -> None:
        """Send nothing more, and wait until all is answered."""
        self._is_ending = True
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            await asyncio.gather(*self._tasks)

    @property
    def answered(self) -> int:
        """How many commands were answered so far."""
        return len(self.granted) + len(self.refused)

    async def _keep_logging(self, somebody: Somebody) -> None:
        while not self._is_ending:
            await self._log(somebody)
            # No faster than a person's phone may.
            await asyncio.sleep(self.pause_s)

    async def _log(self, somebody: Somebody) -> None:
        mood_id = uuid7()
        mood = {"type": "moods.log", "mood": "calm", "mood_score": 7}
        sent_at = asyncio.get_running_loop().time()
        try:
            await somebody.phone.ask(mood, to=self.pair.address, id=mood_id)
        except Refused as refused:
            if somebody is not self.stranger or refused.code != "not_found":
                raise
            self.refused.append(mood_id)
        else:
            self.granted.append(mood_id)
            self.acked.append((sent_at, asyncio.get_running_loop().time()))

    async def verify(self) -> None:
        """Every acknowledged command is there once, no refused one, and both saw all in order."""
        await self._verify_rows()
        for somebody in (self.pair.anna, self.pair.ben):
            await self._verify_seen(somebody)
        for invariant in invariants_of([engine_invariants, *rooms.modules("invariants")]):
            assert await invariant.broken() == [], invariant.sentence

    async def _verify_rows(self) -> None:
        rows = await fetch(
            "SELECT id FROM mood_log WHERE relationship_id = $1", self.pair.relationship_id
        )
        kept, granted = {row["id"] for row in rows}, set(self.granted)
        assert not granted - kept, f"acknowledged and lost: {_some(granted - kept)}"
        assert not kept - granted, f"kept and never acknowledged: {_some(kept - granted)}"
        outcomes = await fetch(
            "SELECT id, granted FROM outcome WHERE id = ANY($1)", self.granted + self.refused
        )
        assert {row["id"]: row["granted"] for row in outcomes} == {
            **dict.fromkeys(self.granted, True),
            **dict.fromkeys(self.refused, False),
        }

    async def _verify_seen(self, somebody: Somebody) -> None:
        def moods() -> list[UUID]:
            return [
                UUID(event["mood_log_id"])
                for _, event in somebody.seen
                if event["type"] == "moods.logged"
            ]

        await until(lambda: len(moods()) >= len(self.granted))
        assert sorted(moods()) == sorted(self.granted)
        numbers = [int(pos.partition(".")[2]) for pos, _ in somebody.seen]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        logged = await fetch(
            "SELECT body ->> 'mood_log_id' AS id FROM event "
            "WHERE topic = $1 AND body ->> 'type' = 'moods.logged' ORDER BY number",
            self.pair.address,
        )
        assert [UUID(row["id"]) for row in logged] == moods()


def _some(ids: set[UUID]) -> str:
    return f"{len(ids)} of them, {', '.join(str(lost) for lost in sorted(ids)[:10])}"


@asynccontextmanager
async def load_at(server: Door) -> AsyncIterator[Load]:
    """Have three people sign up at a server; their phones come back to wherever its port leads."""
    async with pair_at(server) as pair:
        stranger = await sign_up(server, "Carl")
        async with stranger.phone:
            yield Load(pair, stranger)
