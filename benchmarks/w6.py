"""W6: nodes. The same commands with one API process and with two, and what it costs to ask across.

In each round W1's window 8 runs with one node and with two, between which partners are spread: half
of all commands are for actors of the other node, and every push goes there. Then all people are at
one node and trickle commands, first those whose relationship lives there, then the others.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

from actors.placement import shard_of
from benchmarks.conditions import Conditions, Figures
from benchmarks.seeding import Resident
from benchmarks.w1 import Times, drive, next_crowd
from protocol.address import address_of

NEEDS_SERVERS = True
NAME = "w6"
TITLE = "Nodes"

WINDOW = 8
ASKS_PER_S = 300


async def run(conditions: Conditions) -> Figures:
    """Measure; every figure is the median of the rounds."""
    times = Times.of(conditions)
    rounds = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w6: round {number} of {conditions.rounds}")
        rounds.append(await _round(conditions, times))
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


async def _round(conditions: Conditions, times: Times) -> Figures:
    stack = conditions.stack
    async with stack.nodes(1, with_worker=True) as servers:
        one = await drive(conditions, [server.pid for server in servers], times, window=WINDOW)
    async with stack.nodes(2, with_worker=True) as servers:
        pids = [server.pid for server in servers]
        urls = [stack.socket_url_of(node) for node in range(2)]
        two = await drive(conditions, pids, times, window=WINDOW, urls=urls)
        here, there = await _couples_by_node(conditions)
        local = await drive(conditions, pids, times, rate=ASKS_PER_S, people=here)
        remote = await drive(conditions, pids, times, rate=ASKS_PER_S, people=there)
    return {
        "one_node_per_s": one["acked_per_s"],
        "two_nodes_per_s": two["acked_per_s"],
        "two_nodes_ratio": two["acked_per_s"] / one["acked_per_s"],
        **{f"one_node_{name}_cores": cores for name, cores in _cores(one).items()},
        **{f"two_nodes_{name}_cores": cores for name, cores in _cores(two).items()},
        "local_p50_ms": local["ack_ms"]["p50"],
        "remote_p50_ms": remote["ack_ms"]["p50"],
        "local_postgres_cpu_us": local["cpu_s"]["postgres"] / local["acked"] * 1_000_000,
        "local_api_cpu_us": _api_cpu_us(local),
        "remote_api_cpu_us": _api_cpu_us(remote),
        "remote_redis_cpu_us": remote["cpu_s"]["redis"] / remote["acked"] * 1_000_000,
    }


async def _couples_by_node(conditions: Conditions) -> tuple[Sequence[Resident], Sequence[Resident]]:
    """Choose people whose relationship lives at the first node, and others where it does not."""
    owners = await conditions.stack.owners()
    found: tuple[list[Resident], list[Resident]] = [], []
    for person in [*next_crowd(conditions), *next_crowd(conditions)]:
        shard = shard_of(address_of("relationship", person.relationship_id))
        found[owners[shard]].append(person)
    return found


def _cores(measured: dict[str, Any]) -> Figures:
    """Say how many cores each kept busy."""
    seconds, used_s = measured["seconds"], measured["cpu_s"]
    api_s = sum(used for name, used in used_s.items() if name.startswith("api_"))
    beside = {name: used_s[name] / seconds for name in ("postgres", "redis", "load")}
    return {"api": api_s / seconds, **beside}


def _api_cpu_us(measured: dict[str, Any]) -> float:
    api_s = sum(used for name, used in measured["cpu_s"].items() if name.startswith("api_"))
    return float(api_s / measured["acked"] * 1_000_000)
