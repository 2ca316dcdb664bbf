"""The collector: puts what a node has counted into Prometheus' form, when somebody asks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from actors.repertoire import Repertoire
from actors.system import System
from backend.cluster.cluster import Cluster
from backend.cluster.membership import Membership
from backend.fanout.fanout import Fanout
from backend.gateway.gateway import Gateway
from backend.jobs.relay import JobRelay
from backend.observability.backlog import Backlog
from backend.observability.histogram import Histogram
from backend.observability.meters import Meters, tag_of
from backend.persistence.committer import GroupCommitter

MICROSECOND_S = 0.000_001


class Node(Protocol):
    """What of a node is looked at."""

    repertoire: Repertoire
    system: System
    committer: GroupCommitter
    membership: Membership
    cluster: Cluster
    gateway: Gateway
    fanout: Fanout
    job_relay: JobRelay | None
    meters: Meters
    backlog: Backlog


def registry_of(node: Node) -> CollectorRegistry:
    """Make a registry that knows a node and its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(NodeCollector(node))
    return registry


class NodeCollector(Collector):
    """Reads a node's counters; nothing of it is kept between two readings."""

    def __init__(self, node: Node) -> None:
        """Read from this node."""
        self._node = node

    def describe(self) -> Iterable[Metric]:
        """Tell nothing beforehand: it may not be running yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read everything."""
        yield from self._sockets()
        yield from self._commands()
        yield from self._commits()
        yield from self._actors()
        yield from self._waiting()
        yield from self._words()

    def _sockets(self) -> Iterator[Metric]:
        node = self._node
        yield _gauge("connections", "Open sockets.", node.gateway.open_sockets)
        yield _counter(
            "fanout_deliveries",
            "Events handed to sockets that follow their topic.",
            node.fanout.hub.delivered,
        )
        yield _counters(
            "closings",
            "Sockets closed by this node, by reason; slow_consumer is one.",
            "reason",
            {closing.reason: count for closing, count in node.meters.closings.items()},
        )

    def _commands(self) -> Iterator[Metric]:
        meters = self._node.meters
        commands = CounterMetricFamily(
            "tandem_commands", "Commands and queries answered.", labels=["command", "result"]
        )
        for result, counts in (("granted", meters.granted), ("refused", meters.refused)):
            for ask, count in list(counts.items()):
                commands.add_metric([tag_of(ask), result], count)
        yield commands
        yield _counters(
            "refusals", "What was refused, by the code of the refusal.", "code", meters.refusals
        )

    def _commits(self) -> Iterator[Metric]:
        meters = self._node.meters
        yield _histogram("turn_commands", "Commands and tells in a turn.", meters.turn_commands)
        yield _histogram("batch_commands", "Commands and tells in a batch.", meters.batch_commands)
        yield _histogram(
            "commit_seconds", "From BEGIN to the answer to COMMIT.", meters.commit_us, MICROSECOND_S
        )
        waiting = GaugeMetricFamily(
            "tandem_lane_waiting", "Turns that wait for the next batch.", labels=["what"]
        )
        for what, queue in self._node.committer.waiting.items():
            waiting.add_metric([what], len(queue))
        yield waiting

    def _actors(self) -> Iterator[Metric]:
        node = self._node
        actors = node.system.actors
        live = GaugeMetricFamily(
            "tandem_actors_live", "Actors in memory, by their kind.", labels=["kind"]
        )
        for kind in node.repertoire.roles:
            live.add_metric([kind], node.system.awake[kind])
        yield live
        passivations = node.meters.passivations
        yield _counter("activations", "Actors that came to life.", passivations + len(actors))
        yield _counter("passivations", "Actors that left, being idle.", passivations)

    def _waiting(self) -> Iterator[Metric]:
        node = self._node
        yield _histogram(
            "event_loop_lag_seconds",
            "By how much too late the event loop comes round.",
            node.meters.lag_us,
            MICROSECOND_S,
        )
        if node.job_relay is not None:
            yield _counter("jobs_relayed", "Jobs brought to the workers.", node.job_relay.relayed)
            yield _counter("jobs_left", "Jobs left to the sweeper.", node.job_relay.left)
        for name, count in node.backlog.counts.items():
            yield _gauge(name, f"Rows in the database: {name.replace('_', ' ')}.", count)
        yield _gauge("shards_owned", "Shards whose actors live here.", node.membership.owned)
        yield _gauge("nodes", "Nodes this one knows of.", len(node.membership.view.nodes))

    def _words(self) -> Iterator[Metric]:
        links = self._node.cluster.links
        yield _counters(
            "words",
            "Words between nodes: said by this one, and heard.",
            "direction",
            {"said": links.said, "heard": links.heard},
        )
        yield _counter("words_gaps", "How often words of another node were lost.", links.gaps)
        yield _counter(
            "parcels_turned_away",
            "Parcels without our seal, for another node, or brought again.",
            links.turned_away,
        )


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tandem_{name}", says, value=value)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"tandem_{name}", says, value=value)


def _counters(name: str, says: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"tandem_{name}", says, labels=[label])
    for key, count in list(counts.items()):
        family.add_metric([key], count)
    return family


def _histogram(name: str, says: str, histogram: Histogram, unit: float = 1) -> Metric:
    return HistogramMetricFamily(
        f"tandem_{name}",
        says,
        buckets=histogram.buckets(unit),
        sum_value=histogram.total * unit,
    )
