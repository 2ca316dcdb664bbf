"""W1: pairs that log moods shared with the partner; every ack and every delivery is counted.

Usage: python -m benchmarks.load.w1 URL PEOPLE.json WINDOW SECONDS [RATE]

With a RATE the commands are sent by the clock (an open loop), else each socket keeps WINDOW
commands in flight. Prints one JSON object.
"""

import asyncio
import gc
import json
import sys
import time
from pathlib import Path
from uuid import UUID

import uvloop

from benchmarks.load.phone import Frame, Joined, Phone, Push, Reply, connect
from protocol.ids import uuid7

WARM_UP_S = 2.0
_CALL = (
    '{"type":"call","id":"%s","to":"%s","do":{"type":"moods.log","mood":"happy","mood_score":7,'
    '"notes":"A walk in the sun with a friend"}}'
)


class Sender:
    """One person's socket: what it sent, and when."""

    def __init__(self, run: "Run", relationship: str, user_id: UUID) -> None:
        self.run = run
        self.relationship = relationship
        self.user_id = user_id
        self.phone: Phone | None = None
        self.joined = asyncio.Event()

    def send_one(self) -> None:
        """Log a mood."""
        command_id = uuid7()
        self.run.sent_at[command_id] = time.perf_counter()
        assert self.phone is not None  # noqa: S101
        self.phone.send((_CALL % (command_id, self.relationship)).encode())

    def received(self, _phone: Phone, frame: Frame) -> None:
        """Count what came."""
        run = self.run
        if isinstance(frame, Reply):
            run.acked(frame)
            if run.window and run.is_running:
                self.send_one()
        elif isinstance(frame, Push):
            event = frame.event
            if event.mood_log_id is not None and event.user_id != self.user_id:
                run.delivered(event.mood_log_id)
        elif isinstance(frame, Joined) and frame.topic == self.relationship:
            self.joined.set()


class Run:
    """One measurement."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.is_running = True
        self.is_counting = False
        self.sent_at: dict[UUID, float] = {}
        self.acks_s: list[float] = []
        self.deliveries_s: list[float] = []
        self.refused: list[str] = []

    def acked(self, reply: Reply) -> None:
        """Count an ack."""
        if reply.refused is not None:
            self.refused.append(bytes(reply.refused).decode())
        elif self.is_counting:
            self.acks_s.append(time.perf_counter() - self.sent_at[reply.id])

    def delivered(self, mood_log_id: UUID) -> None:
        """Count a delivery to the partner."""
        if self.is_counting:
            sent_at = self.sent_at.get(mood_log_id)
            if sent_at is not None:
                self.deliveries_s.append(time.perf_counter() - sent_at)


async def _open(run: Run, url: str, people: list[dict[str, str]]) -> list[Sender]:
    senders = []
    for person in people:
        sender = Sender(run, person["relationship"], UUID(person["user_id"]))
        sender.phone = await connect(url, sender.received)
        hello = {"type": "hello", "token": person["token"]}
        join = {"type": "join", "topic": person["relationship"]}
        sender.phone.send(json.dumps(hello).encode())
        await asyncio.sleep(0)
        sender.join = json.dumps(join).encode()  # type: ignore[attr-defined]
        senders.append(sender)
    return senders


async def measure(
    url: str, people: list[dict[str, str]], window: int, seconds: float, rate: float
) -> dict[str, object]:
    """Run once; returns rates per second and latencies in milliseconds."""
    run = Run(window)
    senders = await _open(run, url, people)
    await asyncio.sleep(1.0)
    for sender in senders:
        sender.phone.send(sender.join)  # type: ignore[union-attr, attr-defined]
    await asyncio.wait_for(asyncio.gather(*[sender.joined.wait() for sender in senders]), 60)
    gc.freeze()
    clock = asyncio.create_task(_by_the_clock(run, senders, rate)) if rate else None
    if not rate:
        for sender in senders:
            for _ in range(window):
                sender.send_one()
    await asyncio.sleep(WARM_UP_S)
    run.is_counting = True
    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    run.is_counting = False
    took = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    run.is_running = False
    if clock is not None:
        clock.cancel()
    await asyncio.sleep(0.5)
    for sender in senders:
        sender.phone.transport.disconnect()  # type: ignore[union-attr]
    return {
        "acked_per_s": round(len(run.acks_s) / took, 1),
        "delivered_per_s": round(len(run.deliveries_s) / took, 1),
        "ack_ms": _percentiles(run.acks_s),
        "delivery_ms": _percentiles(run.deliveries_s),
        "refused": len(run.refused),
        "refused_first": run.refused[:1],
        "lost": sum(1 for sender in senders if sender.phone and sender.phone.lost),
        "load_cpu_share": round(cpu / took, 3),
    }


async def _by_the_clock(run: Run, senders: list[Sender], rate: float) -> None:
    """Send at a steady rate, whatever comes back."""
    begun = time.perf_counter()
    count = 0
    while run.is_running:
        due = int((time.perf_counter() - begun) * rate)
        while count < due:
            senders[count % len(senders)].send_one()
            count += 1
        await asyncio.sleep(min(0.001, 1 / rate))


def _percentiles(values_s: list[float]) -> dict[str, float]:
    if not values_s:
        return {}
    ordered = sorted(values_s)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000, 3)
        for share in (50, 90, 99)
    } | {"max": round(ordered[-1] * 1000, 3)}


def main() -> None:
    """Read the arguments, measure, print."""
    url, people, window, seconds, *rate = sys.argv[1:]
    uvloop.install()
    result = asyncio.run(
        measure(
            url,
            json.loads(Path(people).read_text()),
            int(window),
            float(seconds),
            float(rate[0]) if rate else 0.0,
        )
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
