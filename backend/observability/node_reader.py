"""The node reader: looks how this node is, quickly, for whoever looks at the cluster."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from actors.ports import Clock
from backend.cluster.cluster import Cluster
from backend.cluster.state import Commits, Elsewhere, Mailboxes, NodeState
from backend.observability import collector
from backend.observability.lately import Lately
from backend.observability.process import memory_bytes, version_of_tandem

MICROSECOND_MS = 0.001


class Node(collector.Node, Protocol):
    """What of a node is looked at, beyond what is counted."""

    clock: Clock
    cluster: Cluster


class NodeReader:
    """Reads a node; nothing that it does takes longer the more actors there are at rest."""

    def __init__(self, node: Node) -> None:
        """Look at this node, whose life begins now."""
        self._node = node
        self._started_at: datetime = node.clock.now()
        self._version = version_of_tandem()
        meters = node.meters
        self.lately = Lately(meters.batch_commands, meters.commit_us, meters.lag_us)

    def read(self) -> NodeState:
        """Look now."""
        node = self._node
        membership, meters = node.membership, node.meters
        return NodeState(
            at=node.clock.now(),
            started_at=self._started_at,
            version=self._version,
            has_lease=membership.is_sure,
            has_redis=node.cluster.links.is_up,
            is_cut_off=node.cluster.isolation.is_cut_off,
            shards=membership.ours,
            sockets=node.gateway.open_sockets,
            people=node.fanout.hub.people,
            topics=len(node.fanout.hub.topics),
            actors={kind: node.system.awake[kind] for kind in node.repertoire.roles},
            mailboxes=self._mailboxes(),
            commands_granted=sum(meters.granted.values()),
            commands_refused=sum(meters.refused.values()),
            commits=self._commits(),
            elsewhere=self._elsewhere(),
            lag_ms=self.lately.spread(meters.lag_us, MICROSECOND_MS),
            memory_bytes=memory_bytes(),
            cpu_s=round(time.process_time(), 3),
        )

    def _mailboxes(self) -> Mailboxes:
        lengths = list(self._lengths())
        return Mailboxes(waiting=sum(lengths), fullest=max(lengths, default=0))

    def _lengths(self) -> Iterator[int]:
        """List how full mailboxes are; those of actors with nothing to do are empty."""
        system = self._node.system
        for actor in system.undecided():
            yield len(actor.mailbox)
        for turn in self._node.committer.unsettled():
            committing = system.actors.get(turn.address)
            if committing is not None:
                yield len(committing.mailbox)

    def _commits(self) -> Commits:
        meters = self._node.meters
        return Commits(
            batches=sum(meters.batch_commands.counts),
            commands=meters.batch_commands.total,
            batch_commands=self.lately.spread(meters.batch_commands),
            took_ms=self.lately.spread(meters.commit_us, MICROSECOND_MS),
            turns_waiting={
                what: len(queue) for what, queue in self._node.committer.waiting.items()
            },
        )

    def _elsewhere(self) -> Elsewhere:
        cluster = self._node.cluster
        return Elsewhere(
            waiting=cluster.router.waiting,
            asked=cluster.router.forwarded,
            asked_again=cluster.router.said_again,
            gaps=cluster.links.gaps,
            topics_doubtful=self._node.fanout.feeds.doubtful,
        )
