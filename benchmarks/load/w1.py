"""W1: pairs that log moods shared with their partner; every ack and every delivery is counted.

Usage: python -m benchmarks.load.w1 PLAN.json; prints a line when it begins to measure, and then one
JSON object.

With a `rate` the commands leave by the clock, whatever comes back (an open loop), and latency
counts from the moment a command should have left. Without, each socket keeps `window` in flight.
"""

import asyncio
import gc
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.cpu import cpu_s
from benchmarks.load.guest import Guest, arrive_all
from benchmarks.load.metronome import Metronome
from benchmarks.load.percentiles import percentiles_ms
from benchmarks.load.phone import Bye, Frame, Problem, Push, Reply

DRAINED_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.01
_CALL = (
    '{"type":"call","id":"%s","to":"%s","do":{"type":"moods.log","mood":"happy","mood_score":7,'
    '"notes":"A walk in the sun with a friend"}}'
)
_random_bits = random.Random().getrandbits  # noqa: S311 - names, not secrets


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    url: str
    people: list[dict[str, Any]]
    seconds: float
    warm_up_s: float
    window: int = 0
    rate: float = 0.0
    """Commands a second over all sockets; 0 says that the window decides."""
    burst: int = 1
    """How many commands a socket sends at once when it sends by the clock."""
    lists_acks: bool = False
    """Whether to say of each ack when its command left, and when it came."""
    watched: dict[str, int]
    """Processes whose processor time is measured, by name."""


class Tally:
    """What was sent and what came of it."""

    def __init__(self) -> None:
        self.left_at: dict[str, float] = {}
        """When each command left, or should have left."""
        self.undelivered: set[str] = set()
        self.granted = 0
        self.refusals: list[str] = []
        self.delivered = 0
        self.unexpected = 0
        """Deliveries of what was never sent, or was delivered before."""
        self.holes = 0
        self.acks: list[tuple[float, float]] = []
        """Of each ack when its command left and when it came."""
        self.deliveries: list[tuple[float, float]] = []
        self.lateness_s: list[float] = []

    @property
    def is_whole(self) -> bool:
        """Tell whether everything sent was answered, and what was granted delivered."""
        answered = self.granted + len(self.refusals)
        return answered == len(self.left_at) and self.delivered >= self.granted


class Sender(Guest):
    """One person, who logs moods."""

    def __init__(self, person: dict[str, Any], tally: Tally) -> None:
        super().__init__(person, [person["relationship"]])
        self.tally = tally
        self.keeps_sending = False

    def send_one(self, moment: float) -> None:
        """Log a mood that should have left at this moment."""
        command_id = _new_id()
        self.tally.left_at[command_id] = moment
        self.tally.undelivered.add(command_id)
        self.phone.send((_CALL % (command_id, self.relationship)).encode())

    def received(self, frame: Frame) -> None:
        """Count what came."""
        if isinstance(frame, Reply):
            self._acked(frame)
        elif isinstance(frame, Push):
            if frame.topic == self.relationship:
                self._heard(frame)
        elif isinstance(frame, Problem | Bye):
            self.tally.refusals.append(str(frame))
            super().received(frame)
        else:
            super().received(frame)

    def _acked(self, reply: Reply) -> None:
        tally = self.tally
        now = time.perf_counter()
        if reply.refused is not None:
            tally.refusals.append(str(reply.refused))
        else:
            tally.granted += 1
            tally.acks.append((tally.left_at[reply.id], now))
        if self.keeps_sending:
            self.send_one(time.perf_counter())

    def _heard(self, push: Push) -> None:
        tally = self.tally
        number = int(push.pos[push.pos.index(".") + 1 :])
        before = self.heads.get(push.topic)
        self.heads[push.topic] = number
        if before is not None and number != before + 1:
            tally.holes += 1
        event = push.event
        if event.mood_log_id is None or event.user_id == self.user_id:
            return
        if event.mood_log_id in tally.undelivered:
            tally.undelivered.remove(event.mood_log_id)
            tally.delivered += 1
            tally.deliveries.append((tally.left_at[event.mood_log_id], time.perf_counter()))
        else:
            tally.unexpected += 1


def _new_id() -> str:
    """Make a UUIDv7 as text."""
    now_ms = time.time_ns() // 1_000_000
    return (
        f"{now_ms >> 16:08x}-{now_ms & 0xFFFF:04x}-7{_random_bits(12):03x}"
        f"-8{_random_bits(12):03x}-{_random_bits(48):012x}"
    )


async def measure(plan: Plan) -> dict[str, Any]:
    """Run once; rates per second, latencies in milliseconds."""
    tally = Tally()
    senders = [Sender(person, tally) for person in plan.people]
    await arrive_all(plan.url, senders)
    gc.collect()
    gc.freeze()
    metronome = _start(plan, senders, tally)
    await asyncio.sleep(plan.warm_up_s)
    print("measuring", flush=True)
    before = {name: cpu_s(pid) for name, pid in plan.watched.items()}
    own, begun = time.process_time(), time.perf_counter()
    await asyncio.sleep(plan.seconds)
    ended, own = time.perf_counter(), time.process_time() - own
    used = {name: cpu_s(pid) - before[name] for name, pid in plan.watched.items()}
    if metronome is not None:
        metronome.stop()
    for sender in senders:
        sender.keeps_sending = False
    await _drained(tally)
    for sender in senders:
        sender.phone.hang_up()
    return _sum_up(plan, tally, begun, ended) | {"cpu_s": {**used, "load": own}}


def _start(plan: Plan, senders: list[Sender], tally: Tally) -> Metronome | None:
    if not plan.rate:
        for sender in senders:
            sender.keeps_sending = True
            for _ in range(plan.window):
                sender.send_one(time.perf_counter())
        return None
    place = 0

    def due(moment: float) -> None:
        nonlocal place
        tally.lateness_s.append(time.perf_counter() - moment)
        for _ in range(plan.burst):
            senders[place].send_one(moment)
        place = (place + 1) % len(senders)

    metronome = Metronome(plan.rate / plan.burst, due)
    metronome.start()
    return metronome


async def _drained(tally: Tally) -> None:
    """Wait for what is still on its way; what has not come by then is missing."""
    deadline = time.perf_counter() + DRAINED_WITHIN_S
    while not tally.is_whole and time.perf_counter() < deadline:  # noqa: ASYNC110 - counts
        await asyncio.sleep(_LOOK_EVERY_S)


def _sum_up(plan: Plan, tally: Tally, begun: float, ended: float) -> dict[str, Any]:
    # By the clock, what counts is when a command should have left: a slow one then is not lost.
    by = 0 if plan.rate else 1
    acks = [came - left for left, came in tally.acks if begun <= (left, came)[by] < ended]
    deliveries = [
        came - left for left, came in tally.deliveries if begun <= (left, came)[by] < ended
    ]
    return {
        "acks": tally.acks if plan.lists_acks else [],
        "seconds": ended - begun,
        "acked": len(acks),
        "acked_per_s": len(acks) / (ended - begun),
        "delivered_per_s": len(deliveries) / (ended - begun),
        "ack_ms": percentiles_ms(acks),
        "delivery_ms": percentiles_ms(deliveries),
        "lateness_ms": percentiles_ms(tally.lateness_s),
        "totals": {
            "sent": len(tally.left_at),
            "granted": tally.granted,
            "refused": len(tally.refusals),
            "delivered": tally.delivered,
            "unexpected": tally.unexpected,
            "holes": tally.holes,
        },
        "first_refusal": tally.refusals[0] if tally.refusals else None,
    }


def main() -> None:
    """Read the plan, measure, print."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    print(json.dumps(uvloop.run(measure(plan))))


if __name__ == "__main__":
    main()
