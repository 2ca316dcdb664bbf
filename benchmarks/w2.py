"""W2: fan-out. One announcement of 100 bytes to everybody connected, round after round.

A round ends when the last socket has the frame; its time holds the commit of the announcement too.
Beside it, in the same run, a loop that does nothing but write the same frame to as many sockets.
"""

from statistics import median
from typing import Any

from benchmarks.bare import URL, bare_server
from benchmarks.conditions import Conditions, Figures
from benchmarks.generator import generate

NEEDS_SERVERS = True
NAME = "w2"
TITLE = "Fan-out"

SOCKETS = 2_000
ROUNDS = 50
QUICK_SOCKETS = 400
QUICK_ROUNDS = 10
MESSAGE = (
    "Tandem will be a little faster from tonight on. "
    "You need not do anything for it. Thanks for waiting!"
)


async def run(conditions: Conditions) -> Figures:
    """Measure both, one after the other; every figure is the median of the rounds."""
    assert len(MESSAGE.encode()) == 100, "an announcement has 100 bytes"  # noqa: PLR2004, S101
    rounds = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w2: round {number} of {conditions.rounds}")
        ours = await _tandem(conditions)
        raw = await _raw(conditions, ours["payload"])
        rounds.append(
            {
                "deliveries_per_s": ours["deliveries_per_s"],
                "ratio_to_raw": ours["deliveries_per_s"] / raw["deliveries_per_s"],
                "round_p50_ms": ours["round_ms"]["p50"],
                "round_p99_ms": ours["round_ms"]["p99"],
                "api_cpu_us": ours["cpu_us"],
                "raw_deliveries_per_s": raw["deliveries_per_s"],
                "raw_round_p50_ms": raw["round_ms"]["p50"],
                "raw_cpu_us": raw["cpu_us"],
            }
        )
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


def _plan(conditions: Conditions) -> dict[str, Any]:
    return {
        "sockets": QUICK_SOCKETS if conditions.is_quick else SOCKETS,
        "rounds": QUICK_ROUNDS if conditions.is_quick else ROUNDS,
        "message": MESSAGE,
    }


async def _tandem(conditions: Conditions) -> dict[str, Any]:
    plan = _plan(conditions)
    people = conditions.town.people[: plan["sockets"]]
    async with conditions.stack.serving() as server:
        return await generate(
            "w2",
            {
                **plan,
                "url": conditions.stack.socket_url,
                "server_pid": server.pid,
                "people": [person.plan for person in people],
                "admin": conditions.town.admin.plan,
            },
        )


async def _raw(conditions: Conditions, payload: str) -> dict[str, Any]:
    async with bare_server(payload) as server:
        return await generate("w2", {**_plan(conditions), "url": URL, "server_pid": server.pid})
