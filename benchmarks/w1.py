"""W1: durable commands. A hundred pairs log moods that their partner sees.

Each round is pgbench, window 1, window 8, two open loops at half of what window 8 did, pgbench.
After each of them the rows in the database are compared with the acks.
"""

import asyncio
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from benchmarks import books, pgbench
from benchmarks.conditions import Conditions, Figures
from benchmarks.generator import generate
from benchmarks.seeding import Resident
from benchmarks.written import look

NEEDS_SERVERS = True
NAME = "w1"
TITLE = "Durable commands"

PEOPLE = 200
WINDOWS = (1, 8)
_WAYS_TO_SEND = ("window", "rate", "burst")
PIPELINED = 8
"""How many commands a socket sends at once in the second open loop."""

_crowds = itertools.count()


@dataclass(frozen=True)
class Times:
    """How long everything takes, in seconds."""

    warm_up: float = 3.0
    measured: float = 10.0
    trickled: float = 30.0
    """How long an open loop is measured: the kernel writes pages back in bursts, 30 s apart."""
    pgbench: int = 10
    pgbench_warm_up: int = 10

    @classmethod
    def of(cls, conditions: Conditions) -> "Times":
        """Choose."""
        return QUICK if conditions.is_quick else cls()


QUICK = Times(warm_up=1.0, measured=3.0, trickled=3.0, pgbench=3, pgbench_warm_up=2)


async def run(conditions: Conditions) -> Figures:
    """Measure all rounds; every figure is the median of them."""
    times = Times.of(conditions)
    postgres = conditions.stack.postgres
    conditions.say("w1: preparing pgbench")
    await pgbench.prepare(postgres)
    await conditions.stack.checkpoint()
    # After a checkpoint every first change of a page is dear; pgbench changes all of its pages.
    await pgbench.transactions_per_s(postgres, times.pgbench_warm_up)
    transactions = [await pgbench.transactions_per_s(postgres, times.pgbench)]
    rounds = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w1: round {number} of {conditions.rounds}")
        figures = await _round(conditions, times)
        transactions.append(await pgbench.transactions_per_s(postgres, times.pgbench))
        around = mean(transactions[-2:])
        figures |= {
            "pgbench_per_s": around,
            "ratio_to_pgbench": figures["acked_per_s"] / around,
            "window_1_ratio_to_pgbench": figures["window_1_acked_per_s"] / around,
        }
        rounds.append(figures)
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


async def _round(conditions: Conditions, times: Times) -> Figures:
    async with conditions.stack.serving(with_worker=True) as server:
        alone, eight = [
            await drive(conditions, [server.pid], times, window=window) for window in WINDOWS
        ]
        rate = eight["acked_per_s"] / 2
        half = await drive(conditions, [server.pid], times, rate=rate)
        pipelined = await drive(conditions, [server.pid], times, rate=rate, burst=PIPELINED)
    return {
        **_of_window(eight, ""),
        **_of_window(alone, "window_1_"),
        "half_load_per_s": half["acked_per_s"],
        "half_load_p50_ms": half["ack_ms"]["p50"],
        "half_load_p99_ms": half["ack_ms"]["p99"],
        "half_load_delivery_p99_ms": half["delivery_ms"]["p99"],
        "half_load_pipelined_p99_ms": pipelined["ack_ms"]["p99"],
        "half_load_pipelined_delivery_p99_ms": pipelined["delivery_ms"]["p99"],
    }


async def drive(  # noqa: PLR0913 - each by its name
    conditions: Conditions,
    server_pids: Sequence[int],
    times: Times,
    *,
    people: Sequence[Resident] = (),
    urls: Sequence[str] = (),
    begun: asyncio.Event | None = None,
    **load: Any,
) -> dict[str, Any]:
    """Run the load generator once, and compare its acks with the rows. Raises Untrue.

    Each time other people speak, unless some are named: what a person may do in a day is limited.
    They come to these URLs in turn, or to the only one there is. `begun` is set when what counts
    begins.
    """
    people = people or next_crowd(conditions)
    dsn = conditions.stack.urls.owner
    before = await books.count(dsn, people)
    # What others have written is not charged to who is measured now.
    await asyncio.to_thread(os.sync)
    written = await look(dsn)
    measured = await generate(
        "w1",
        {
            "url": conditions.stack.socket_url,
            "people": spread(people, urls),
            "seconds": times.trickled if "rate" in load else times.measured,
            "warm_up_s": times.warm_up,
            "watched": {
                "postgres": conditions.stack.postgres.pid,
                "redis": conditions.stack.redis.pid,
                **{f"api_{place}": pid for place, pid in enumerate(server_pids, 1)},
            },
            **load,
        },
        begun,
    )
    measured["written"] = (await look(dsn)).since(written)
    if measured["first_refusal"]:
        conditions.say(f"  refused: {measured['first_refusal']}")
    books.check(before, await books.count(dsn, people), measured["totals"])
    said = ", ".join(f"{name} {load[name]:g}" for name in _WAYS_TO_SEND if name in load)
    conditions.say(f"  {said}: {measured['acked_per_s']:,.0f} acked/s, ack {measured['ack_ms']}")
    return measured


def next_crowd(conditions: Conditions) -> Sequence[Resident]:
    """Choose people who have not spoken yet."""
    return conditions.town.crowd(next(_crowds), PEOPLE)


def spread(people: Sequence[Resident], urls: Sequence[str]) -> list[dict[str, str]]:
    """Plan to have people come to several nodes in turn, so that partners are at different ones."""
    return [
        {**person.plan, **({"url": urls[place % len(urls)]} if urls else {})}
        for place, person in enumerate(people)
    ]


def _beside(cpu_s: Mapping[str, float]) -> Mapping[str, float]:
    return {name: used for name, used in cpu_s.items() if name in {"postgres", "load"}}


def _of_window(measured: dict[str, Any], prefix: str) -> Figures:
    acked = max(1, measured["acked"])
    used_s = {"api": measured["cpu_s"]["api_1"], **_beside(measured["cpu_s"])}
    cpu = {name: used / acked * 1_000_000 for name, used in used_s.items()}
    figures: Figures = {
        "acked_per_s": measured["acked_per_s"],
        "delivered_per_s": measured["delivered_per_s"],
        "ack_p50_ms": measured["ack_ms"]["p50"],
        "ack_p99_ms": measured["ack_ms"]["p99"],
        "delivery_p50_ms": measured["delivery_ms"]["p50"],
        "delivery_p99_ms": measured["delivery_ms"]["p99"],
        **{f"{name}_cpu_us": used for name, used in cpu.items()},
        "log_bytes": measured["written"].log / max(1, measured["totals"]["granted"]),
        "kept_bytes": measured["written"].kept / max(1, measured["totals"]["granted"]),
    }
    return {f"{prefix}{name}": figure for name, figure in figures.items()}
