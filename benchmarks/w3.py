"""W3: memory. What the API process holds for each of thousands of people who are connected.

Each of them signed in and follows their own topic, the announcements and their relationship's.
First all their actors are alive, then all have gone; /metrics says so, and is believed to the one.
"""

import asyncio
import re
from collections.abc import Callable
from statistics import median

import httpx

from benchmarks.conditions import Conditions, Figures, Untrue
from benchmarks.cpu import resident_kb
from benchmarks.visitors import visitors

NEEDS_SERVERS = True
NAME = "w3"
TITLE = "Memory"

SOCKETS = 5_000
QUICK_SOCKETS = 500
IDLE_S = 90.0
QUICK_IDLE_S = 15.0
LOOK_EVERY_S = 0.5
_LIVE = re.compile(r'^tandem_actors_live\{kind="(user|relationship)"\} (\S+)', re.MULTILINE)
_CONNECTIONS = re.compile(r"^tandem_connections (\S+)", re.MULTILINE)


async def run(conditions: Conditions) -> Figures:
    """Measure; every figure is the median of the rounds, each a process of its own."""
    rounds = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w3: round {number} of {conditions.rounds}")
        rounds.append(await _round(conditions))
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


async def _round(conditions: Conditions) -> Figures:
    sockets = QUICK_SOCKETS if conditions.is_quick else SOCKETS
    idle_s = QUICK_IDLE_S if conditions.is_quick else IDLE_S
    people = conditions.town.people[:sockets]
    plan = {"url": conditions.stack.socket_url, "people": [person.plan for person in people]}
    settings = {"TANDEM_ACTOR_IDLE_S": str(idle_s)}
    async with conditions.stack.serving(settings) as server, visitors("w3", plan) as guests:
        url = conditions.stack.http_url
        await _metrics(url)
        nobody_kb = resident_kb(server.pid)
        await guests.do("arrive")
        connected_kb = resident_kb(server.pid)
        await guests.do("speak")
        live = await _until(url, lambda live: live == (sockets, sockets // 2), idle_s / 2)
        live_kb = resident_kb(server.pid)
        conditions.say(f"  {live[0]:,} people and {live[1]:,} relationships live: {live_kb:,} KB")
        await _until(url, lambda live: live == (0, 0), idle_s * 2)
        idle_kb = resident_kb(server.pid)
        if await _connections(url) != sockets:
            raise Untrue("not everybody stayed connected")
    return {
        "kb_per_connection_live": (live_kb - nobody_kb) / sockets,
        "kb_per_connection_idle": (idle_kb - nobody_kb) / sockets,
        "kb_per_connection_before_a_word": (connected_kb - nobody_kb) / sockets,
        "mb_with_nobody": nobody_kb / 1024,
    }


async def _metrics(url: str) -> str:
    async with httpx.AsyncClient(timeout=10) as client:
        return (await client.get(f"{url}/metrics")).raise_for_status().text


async def _connections(url: str) -> int:
    found = _CONNECTIONS.search(await _metrics(url))
    return int(float(found[1])) if found else 0


async def _until(
    url: str, is_so: Callable[[tuple[int, int]], bool], within_s: float
) -> tuple[int, int]:
    """Wait until as many people's and relationships' actors live as should. Raises Untrue."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        counts = {kind: int(float(count)) for kind, count in _LIVE.findall(await _metrics(url))}
        live = counts.get("user", 0), counts.get("relationship", 0)
        if is_so(live):
            return live
        if asyncio.get_running_loop().time() > deadline:
            raise Untrue(f"{live[0]} people's and {live[1]} relationships' actors live")
        await asyncio.sleep(LOOK_EVERY_S)
