"""W7: crowds at two nodes. Ten thousand sockets; and five thousand that are cut and come back.

While they come back, two hundred others trickle commands, as they did in the calm before.
"""

import asyncio
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.bare import URL, bare_server
from benchmarks.capacity import CONNECTED_AT_PEAK, commands_per_s
from benchmarks.conditions import Conditions, Figures, Untrue
from benchmarks.cpu import cpu_s, resident_kb
from benchmarks.load.percentiles import percentiles_ms
from benchmarks.seeding import Resident
from benchmarks.visitors import Visitors, visitors
from benchmarks.w1 import Times, drive, next_crowd, spread

NEEDS_SERVERS = True
NAME = "w7"
TITLE = "Crowds"

NODES = 2
SOCKETS = 10_000
STORM = 5_000
ACKS_PER_S = round(commands_per_s(STORM / CONNECTED_AT_PEAK))
"""As many commands as the capacity page has people with so many sockets send."""
QUICK = 10
"""So many times fewer sockets where it is only tried."""


async def run(conditions: Conditions) -> Figures:
    """Measure; every figure is the median of the rounds."""
    rounds = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w7: round {number} of {conditions.rounds}")
        rounds.append({**await _many(conditions), **await _storm(conditions)})
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


def _some(conditions: Conditions, count: int, people: Sequence[Resident]) -> Sequence[Resident]:
    return people[: count // (QUICK if conditions.is_quick else 1)]


def _plan(people: Sequence[Resident], urls: Sequence[str]) -> dict[str, Any]:
    return {"url": urls[0], "people": spread(people, urls)}


def _urls(conditions: Conditions) -> Sequence[str]:
    return [conditions.stack.socket_url_of(node) for node in range(NODES)]


def _all_but(conditions: Conditions, crowds: Sequence[Sequence[Resident]]) -> list[Resident]:
    """List those who are neither of these nor their partners."""
    speaking = {person.user_id for crowd in crowds for person in crowd}
    return [person for person in conditions.town.people if person.user_id not in speaking]


async def _many(conditions: Conditions) -> Figures:
    people = _some(conditions, SOCKETS, conditions.town.people)
    count = len(people)
    plan = _plan(people, _urls(conditions))
    async with (
        conditions.stack.nodes(NODES, with_a_core_each=True) as servers,
        visitors("w3", plan) as guests,
    ):
        before_kb = sum(resident_kb(server.pid) for server in servers)
        postgres = conditions.stack.postgres.pid
        api_s, postgres_s = sum(cpu_s(server.pid) for server in servers), cpu_s(postgres)
        began = asyncio.get_running_loop().time()
        await guests.do("arrive")
        arrived_s = asyncio.get_running_loop().time() - began
        api_s = sum(cpu_s(server.pid) for server in servers) - api_s
        postgres_s = cpu_s(postgres) - postgres_s
        arrived_kb = sum(resident_kb(server.pid) for server in servers)
        await guests.do("speak")
        live_kb = sum(resident_kb(server.pid) for server in servers)
    return {
        "sockets": count,
        "arrived_per_s": count / arrived_s,
        "arrival_api_cpu_us": api_s / count * 1_000_000,
        "arrival_postgres_cpu_us": postgres_s / count * 1_000_000,
        "kb_per_connection_before_a_word": (arrived_kb - before_kb) / count,
        "kb_per_connection_live": (live_kb - before_kb) / count,
    }


async def _storm(conditions: Conditions) -> Figures:
    # Others speak than those who are cut off, and of nothing that these follow.
    calm_ones, others, more = crowds = [next_crowd(conditions) for _ in range(3)]
    people = _some(conditions, STORM, _all_but(conditions, crowds))
    async with conditions.stack.nodes(NODES, with_a_core_each=True) as servers:
        pids = [server.pid for server in servers]
        async with visitors("storm", _plan(people, _urls(conditions))) as guests:
            await guests.do("arrive")
            calm = await _trickle(conditions, pids, calm_ones)
            came = await _break_out(conditions, guests, pids, others)
        # The same phones dial at the same machine, and ask nothing of the nodes.
        async with (
            bare_server(),
            visitors("storm", _plan(people, [URL]) | {"is_bare": True}) as guests,
        ):
            await guests.do("arrive")
            beside = await _break_out(conditions, guests, pids, more, came["served_within_s"])
    return {
        "storm_sockets": len(people),
        "storm_served_s": came["served_within_s"],
        "storm_p50_s": came["away_ms"]["p50"] / 1000,
        "calm_ack_p50_ms": calm["ack_ms"]["p50"],
        "calm_ack_p99_ms": calm["ack_ms"]["p99"],
        "storm_ack_p50_ms": came["ack_ms"]["p50"],
        "storm_ack_p99_ms": came["ack_ms"]["p99"],
        "storm_to_calm": came["ack_ms"]["p99"] / calm["ack_ms"]["p99"],
        "storm_elsewhere_ack_p99_ms": beside["ack_ms"]["p99"],
        "storm_to_elsewhere": came["ack_ms"]["p99"] / beside["ack_ms"]["p99"],
    }


async def _break_out(
    conditions: Conditions,
    guests: Visitors,
    pids: list[int],
    others: Sequence[Resident],
    lasts_s: float | None = None,
) -> dict[str, Any]:
    """Have the storm break out while others trickle; say how it went, and how they fared.

    Of them counts what left from the first cut until the last one was back, or for as long as is
    said: a storm that is over sooner is to be compared by the same number of seconds.
    """
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        trickling = group.create_task(_trickle(conditions, pids, others, begun))
        await begun.wait()
        came = await guests.do("storm")
    if came["problems"]:
        raise Untrue(f"{came['problems']} did not come back: {came['first_problem']}")
    begins = came["began_at"]
    ends = begins + (lasts_s or came["served_within_s"])
    acks = trickling.result()["acks"]
    if max(left for left, _ in acks) < ends:
        raise Untrue("the storm lasted longer than the others spoke")
    came["ack_ms"] = percentiles_ms([back - left for left, back in acks if begins <= left < ends])
    conditions.say(f"  storm: {came}")
    return came


async def _trickle(
    conditions: Conditions,
    pids: list[int],
    people: Sequence[Resident],
    begun: asyncio.Event | None = None,
) -> dict[str, Any]:
    return await drive(
        conditions,
        pids,
        Times(trickled=Times.of(conditions).measured),
        people=people,
        urls=_urls(conditions),
        begun=begun,
        rate=ACKS_PER_S,
        lists_acks=True,
    )
