"""docs/capacity.md, written from figures."""

from math import ceil
from pathlib import Path

from benchmarks.capacity import (
    BUSY_MAX,
    CELL,
    COMMANDS_A_DAY,
    CONNECTED_AT_PEAK,
    CONNECTIONS_A_NODE,
    IN_THE_BUSIEST_HOUR,
    KEPT_DAYS,
    LIMITS,
    OPENED_A_DAY,
    PEAK_TO_HOUR,
    PUSHES_A_COMMAND,
    SOCKETS_A_NODE,
    Costs,
    Need,
)

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
USERS = (10_000, 1_000_000, 100_000_000)

_HEAD = """\
# Capacity

How many machines so many people need. Written by `python -m benchmarks.capacity` from what
`make bench` measured ([latest.md](../benchmarks/latest.md) names the machine); the assumptions
stand in [capacity.py](../benchmarks/capacity.py), to be changed for another product.
"""

_TOGETHER = """
Commands that come together share a transaction. At full load one costs an API {} and PostgreSQL
{} (w1); below each is counted as if it came alone.
"""


def page(costs: Costs) -> str:
    """Write it."""
    return "\n".join(
        [_HEAD, _costs(costs), _assumptions(), _needs(costs), _limits(costs), _steps(costs)]
    )


def _costs(costs: Costs) -> str:
    rows = [
        ("a socket, with its actors", f"{costs.socket_kb:.0f} KB", "w7"),
        ("a socket that is opened, in an API", _us(costs.arrival_api_us), "w7"),
        ("the same in PostgreSQL", _us(costs.arrival_postgres_us), "w7"),
        ("a command that comes alone, in an API", _us(costs.command_api_us), "w6, 300/s"),
        ("the same in PostgreSQL", _us(costs.command_postgres_us), "w6, 300/s"),
        ("more of it in the APIs, for an actor elsewhere", _us(costs.remote_api_us), "w6"),
        ("and in Redis", _us(costs.remote_redis_us), "w6"),
        ("an event pushed to one more socket", _us(costs.push_api_us), "w2"),
        ("a command, in the write-ahead log", f"{costs.log_bytes / 1000:.1f} KB", "w1, window 1"),
        ("a command, in tables and indexes", f"{costs.kept_bytes / 1000:.1f} KB", "w1, window 1"),
    ]
    lines = [f"| {what} | {cost} | {bench} |" for what, cost, bench in rows]
    return "\n".join(
        [
            "## What one costs\n",
            "| | | measured by |\n|---|---:|---|",
            *lines,
            _TOGETHER.format(_us(costs.full_api_us), _us(costs.full_postgres_us)),
        ]
    )


def _us(cost: float) -> str:
    return f"{cost / 1000:.2f} ms" if cost >= 1000 else f"{cost:.0f} µs"  # noqa: PLR2004


def _assumptions() -> str:
    return (
        "## What people do\n\n"
        f"At the peak {CONNECTED_AT_PEAK:.0%} of all users are connected. Each sends "
        f"{COMMANDS_A_DAY} commands a day and opens the app {OPENED_A_DAY} times, "
        f"{IN_THE_BUSIEST_HOUR:.0%} of it in the busiest hour, whose peak is {PEAK_TO_HOUR} times "
        f"its mean. A command is pushed to {PUSHES_A_COMMAND} sockets. A node (one API process, "
        f"one core) is kept to {BUSY_MAX:.0%} of its core and {SOCKETS_A_NODE:,} sockets, and "
        f"holds {CONNECTIONS_A_NODE} connections to PostgreSQL. Everything is kept for at least "
        f"{KEPT_DAYS} days.\n"
    )


def _needs(costs: Costs) -> str:
    needs = [Need(users, costs) for users in USERS]
    rows: list[tuple[str, list[str]]] = [
        ("sockets", [f"{need.sockets:,.0f}" for need in needs]),
        ("commands a second", [f"{need.commands_per_s:,.0f}" for need in needs]),
        ("sockets opened a second", [f"{need.arrivals_per_s:,.0f}" for need in needs]),
        ("busy cores of APIs", [f"{need.api_cores:,.1f}" for need in needs]),
        ("API processes", [f"{need.nodes:,}" for need in needs]),
        ("of one that dies, sockets back in", [f"{need.taken_back_s:,.1f} s" for need in needs]),
        ("memory of sockets", [f"{need.memory_gb:,.1f} GB" for need in needs]),
        ("busy cores of PostgreSQL", [f"{need.postgres_cores:,.1f}" for need in needs]),
        ("write-ahead log", [f"{need.log_mb_s:,.1f} MB/s" for need in needs]),
        ("kept after a month", [f"{need.kept_tb:,.2f} TB" for need in needs]),
        ("connections to PostgreSQL", [f"{need.connections:,}" for need in needs]),
        ("busy cores of Redis", [f"{need.redis_cores:,.2f}" for need in needs]),
    ]
    head = "| at the peak | " + " | ".join(f"{users:,} users" for users in USERS) + " |"
    lines = [f"| {what} | " + " | ".join(found) + " |" for what, found in rows]
    return "\n".join(
        [
            "## What they need, in one deployment\n",
            head,
            "|---|" + "---:|" * len(USERS),
            *lines,
            "",
        ]
    )


def _opening(need: Need) -> float:
    """How many cores of the APIs let sockets in."""
    return need.arrivals_per_s * need.costs.arrival_api_us / 1_000_000


def _limits(costs: Costs) -> str:
    found = sorted(
        (limit.users(costs), limit) for limit in sorted(LIMITS, key=lambda one: one.what)
    )
    lines = [f"| {users:,} | {limit.what} | {limit.then} |" for users, limit in found]
    return "\n".join(
        [
            "## What is full first\n",
            "| users | what one deployment has no more of | what to do |",
            "|---:|---|---|",
            *lines,
            "",
        ]
    )


def _steps(costs: Costs) -> str:
    small, middle, large = (Need(users, costs) for users in USERS)
    cells = ceil(large.users / CELL.users(costs))
    each = Need(large.users // cells, costs)
    reason = (
        f"{middle.sockets:,.0f} sockets"
        if middle.is_for_sockets
        else f"{middle.api_cores:.1f} busy cores, {_opening(middle):.1f} of them for sockets that "
        "are opened"
    )
    first = min(LIMITS, key=lambda limit: limit.users(costs))
    return (
        "## Step by step\n\n"
        f"**{small.users:,} users.** Nothing is full. Two machines with two cores each run an API, "
        "a worker and one of PostgreSQL and its standby; two, because one may die. Redis beside "
        "them.\n\n"
        f"**{middle.users:,} users.** {middle.nodes} API processes on three machines, because of "
        f"{reason}; two workers; a PostgreSQL of eight cores with a synchronous standby, and a "
        f"Redis. What is full first, at {first.users(costs):,} users, is {first.what}. The disk "
        f"takes {middle.kept_tb * 1000 / KEPT_DAYS:,.0f} GB a day: the event log and outcomes are "
        "partitioned and dropped whole; notifications, moods and transfers grow, and are "
        "partitioned the same way when their indexes no longer fit the memory.\n\n"
        f"**{large.users:,} users.** No single primary takes {large.log_mb_s:,.0f} MB/s of log, "
        f"{large.postgres_cores:,.0f} cores and {large.connections:,} connections; and "
        f"{large.nodes:,} nodes that tell each other where topics stand keep Redis busy with "
        f"nothing else. So {cells} cells of {each.users:,} users, by region: each a deployment of "
        f"{each.nodes} API processes, a PostgreSQL with {each.postgres_cores:,.0f} busy cores "
        f"and {each.log_mb_s:,.0f} MB/s of log, {ceil(each.redis_cores / BUSY_MAX)} Redis for "
        "words. "
        "Couples live in one cell; who moves takes the partner along. Nothing of Tandem knows of "
        "cells: a proxy that reads the region from the account's host name is all there is "
        "between them.\n"
    )
