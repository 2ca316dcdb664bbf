"""W1 fixed: 300 commands a second over 200 sockets, by the clock, whatever comes back.

Latency counts from the moment a command should have left, so that a server which stops for a
second is charged with all the commands that should have left meanwhile.
"""

from statistics import median

from benchmarks.conditions import Conditions, Figures
from benchmarks.w1 import Times, drive

NEEDS_SERVERS = True
NAME = "w1_fixed"
TITLE = "A steady trickle"

PER_S = 300


async def run(conditions: Conditions) -> Figures:
    """Measure; every figure is the median of the rounds."""
    times = Times.of(conditions)
    rounds: list[Figures] = []
    for number in range(1, conditions.rounds + 1):
        conditions.say(f"w1_fixed: round {number} of {conditions.rounds}")
        async with conditions.stack.serving(with_worker=True) as server:
            measured = await drive(conditions, [server.pid], times, rate=PER_S)
        rounds.append(
            {
                "p50_ms": measured["ack_ms"]["p50"],
                "p99_ms": measured["ack_ms"]["p99"],
                "max_ms": measured["ack_ms"]["max"],
                "delivery_p50_ms": measured["delivery_ms"]["p50"],
                "delivery_p99_ms": measured["delivery_ms"]["p99"],
                "generator_late_p99_ms": measured["lateness_ms"]["p99"],
            }
        )
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}
