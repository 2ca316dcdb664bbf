"""Capacity: from what was measured to what so many people need; writes docs/capacity.md.

python -m benchmarks.capacity

Every figure on the page is computed here, from latest.json and the assumptions below; a test sees
to it that the page is what this writes.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from backend.gateway.ports import GatewaySettings

CONNECTED_AT_PEAK = 0.05
COMMANDS_A_DAY = 10
OPENED_A_DAY = 10
IN_THE_BUSIEST_HOUR = 0.2
PEAK_TO_HOUR = 2
PUSHES_A_COMMAND = 2

BUSY_MAX = 0.6
"""Of a core, so that one that dies leaves room, and waits stay short."""
SOCKETS_A_NODE = 10_000
NODES_MIN = 2
HEADS_EVERY_S = 2.0
CONNECTIONS_A_NODE = 16
KEPT_DAYS = 30

Measured = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Costs:
    """What one of each costs, as measured: bytes, and microseconds of a core."""

    socket_kb: float
    arrival_api_us: float
    arrival_postgres_us: float
    command_api_us: float
    command_postgres_us: float
    remote_api_us: float
    remote_redis_us: float
    push_api_us: float
    log_bytes: float
    kept_bytes: float
    full_api_us: float
    """Of a command that comes with as many others as are taken."""
    full_postgres_us: float

    @classmethod
    def of(cls, measured: Measured) -> "Costs":
        """Read them; those of a command are the ones of a command that comes alone."""
        w1, w2, w6, w7 = (measured[bench] for bench in ("w1", "w2", "w6", "w7"))
        return cls(
            socket_kb=w7["kb_per_connection_live"],
            arrival_api_us=w7["arrival_api_cpu_us"],
            arrival_postgres_us=w7["arrival_postgres_cpu_us"],
            command_api_us=w6["local_api_cpu_us"],
            command_postgres_us=w6["local_postgres_cpu_us"],
            remote_api_us=max(0.0, w6["remote_api_cpu_us"] - w6["local_api_cpu_us"]),
            remote_redis_us=w6["remote_redis_cpu_us"],
            push_api_us=w2["api_cpu_us"],
            log_bytes=w1["window_1_log_bytes"],
            kept_bytes=w1["window_1_kept_bytes"],
            full_api_us=w1["api_cpu_us"],
            full_postgres_us=w1["postgres_cpu_us"],
        )


@dataclass(frozen=True)
class Need:
    """What so many users need of one deployment, at their peak."""

    users: int
    costs: Costs

    @property
    def sockets(self) -> float:
        """How many are connected."""
        return self.users * CONNECTED_AT_PEAK

    @property
    def commands_per_s(self) -> float:
        """How many commands come."""
        return commands_per_s(self.users)

    @property
    def arrivals_per_s(self) -> float:
        """How many sockets are opened."""
        return _at_peak(self.users * OPENED_A_DAY)

    @property
    def api_cores(self) -> float:
        """How many cores the APIs keep busy; nearly every command is for another node's actor."""
        costs = self.costs
        a_command = costs.command_api_us + costs.remote_api_us
        a_command += PUSHES_A_COMMAND * costs.push_api_us
        used_us = self.commands_per_s * a_command + self.arrivals_per_s * costs.arrival_api_us
        return used_us / 1_000_000

    @property
    def nodes(self) -> int:
        """How many API processes that takes, each on a core of its own."""
        by_cores, by_sockets = self.api_cores / BUSY_MAX, self.sockets / SOCKETS_A_NODE
        return max(NODES_MIN, ceil(by_cores), ceil(by_sockets))

    @property
    def is_for_sockets(self) -> bool:
        """Tell whether it takes so many nodes because of sockets, not of what they work."""
        return self.sockets / SOCKETS_A_NODE > self.api_cores / BUSY_MAX

    @property
    def taken_back_s(self) -> float:
        """How long the others take to let in the sockets of a node that has died."""
        let_in_per_s = (self.nodes - 1) * GatewaySettings().arrivals_per_s_max
        return self.sockets / self.nodes / let_in_per_s

    @property
    def memory_gb(self) -> float:
        """How much memory their sockets and actors hold."""
        return self.sockets * self.costs.socket_kb / 1_000_000

    @property
    def postgres_cores(self) -> float:
        """How many cores PostgreSQL keeps busy."""
        costs = self.costs
        used_us = self.commands_per_s * costs.command_postgres_us
        used_us += self.arrivals_per_s * costs.arrival_postgres_us
        return used_us / 1_000_000

    @property
    def log_mb_s(self) -> float:
        """How much it writes to its log."""
        return self.commands_per_s * self.costs.log_bytes / 1_000_000

    @property
    def kept_tb(self) -> float:
        """How much is there after a month."""
        kept = self.users * COMMANDS_A_DAY * self.costs.kept_bytes * KEPT_DAYS
        return kept / 1_000_000_000_000

    @property
    def connections(self) -> int:
        """How many connections the APIs hold to it."""
        return self.nodes * CONNECTIONS_A_NODE

    @property
    def redis_cores(self) -> float:
        """How many cores the words between nodes keep busy in Redis; with those that say heads."""
        heads_per_s = self.nodes * (self.nodes - 1) / HEADS_EVERY_S
        used_us = (self.commands_per_s + heads_per_s) * self.costs.remote_redis_us
        return used_us / 1_000_000


def commands_per_s(users: float) -> float:
    """How many commands so many users send at their peak."""
    return _at_peak(users * COMMANDS_A_DAY)


def _at_peak(a_day: float) -> float:
    return a_day * IN_THE_BUSIEST_HOUR / 3_600 * PEAK_TO_HOUR


@dataclass(frozen=True)
class Limit:
    """How far one deployment goes."""

    what: str
    of: Callable[[Need], float]
    at_most: float
    then: str

    def users(self, costs: Costs) -> int:
        """Say how many users it allows, to two digits."""
        low, high = 1_000, 10_000_000_000
        while high - low > low // 1_000:
            middle = (low + high) // 2
            if self.of(Need(middle, costs)) <= self.at_most:
                low = middle
            else:
                high = middle
        return _rounded(low)


def _rounded(count: int) -> int:
    return int(float(f"{count:.1e}"))


CELL = Limit(
    "16 busy cores of PostgreSQL",
    lambda need: need.postgres_cores,
    16.0,
    "a larger machine, with replicas for what only reads; then cells",
)
"""What cannot be spread within a deployment."""

LIMITS = (
    CELL,
    Limit(
        "one core of Redis for words between nodes",
        lambda need: need.redis_cores,
        BUSY_MAX,
        "several servers in `REDIS_URL`; each carries its share",
    ),
    Limit(
        "4 TB of disk for what a month leaves",
        lambda need: need.kept_tb,
        4.0,
        "shorter retention, then what is only kept into another cluster",
    ),
    Limit(
        "1,000 connections to PostgreSQL",
        lambda need: need.connections,
        1_000,
        "`TANDEM_DATABASE_POOL_MAX=4` (10 a node), larger machines for it",
    ),
    Limit(
        "100 MB/s of write-ahead log, all through the peak",
        lambda need: need.log_mb_s,
        100.0,
        "cells: deployments of their own, by region or by couple",
    ),
)


BENCHES = frozenset({"w1", "w2", "w6", "w7"})
"""Whose figures are needed."""


def missing() -> frozenset[str]:
    """Name the benches that were not measured yet on the machine of the last run."""
    return BENCHES - _measured().keys()


def costs_now() -> Costs:
    """Read what was measured last."""
    return Costs.of(_measured())


def _measured() -> dict[str, Any]:
    from benchmarks.report import JSON  # noqa: PLC0415 - it knows where

    found: dict[str, Any] = json.loads(JSON.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Write the page."""
    from benchmarks.capacity_page import PAGE, page  # noqa: PLC0415 - it needs what is above

    PAGE.write_text(page(costs_now()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
