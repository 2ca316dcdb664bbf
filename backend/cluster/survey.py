"""The survey: how every node is, asked of all of them when somebody wants to know.

What costs is shared: who wants to know within a second is told the same, and a node looks at itself
at most twice a second, however many others ask.
"""

import asyncio
from collections.abc import Callable, Collection
from uuid import UUID

import msgspec

from actors.placement import NodeSeen, View
from backend.cluster.cluster import Cluster
from backend.cluster.state import ClusterState, NodeShown, NodeState, Standing, name_of
from backend.ending import end

REPLY_WITHIN_S = 1.0
KEPT_S = 1.0
OWN_KEPT_S = 0.5
"""Less than a survey is: who looks every second is told something new each time."""
GONE_AFTER_S = 60.0
"""For so long after its last sign of life a node is shown that owns nothing any more."""
STATE = "state"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NodeState).decode


class Survey:
    """Asks the other nodes how they are, and replies to them; one survey at a time."""

    def __init__(self, cluster: Cluster, own: Callable[[], NodeState]) -> None:
        """Ask nobody yet; `own` looks how this node is."""
        self._membership = cluster.membership
        self._links = cluster.links
        self._questions = cluster.questions
        self._own = own
        self._own_state: NodeState | None = None
        self._looked_at = 0.0
        self._begun_at = 0.0
        self._task: asyncio.Task[ClusterState] | None = None
        self._questions.answer(STATE, lambda _body: _encode(self._state()))

    async def show(self) -> ClusterState:
        """Say how all nodes are, at most a second ago."""
        now = self._membership.now_s()
        if self._task is None or (self._task.done() and now - self._begun_at >= KEPT_S):
            self._begun_at = now
            self._task = asyncio.create_task(self._look(), name="survey")
        return await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Ask nobody any more."""
        if self._task is not None:
            await end([self._task])

    async def _look(self) -> ClusterState:
        ourselves = self._membership.node_id
        reaches_others = self._links.is_up
        others = _with_lease(self._membership.view) - {ourselves} if reaches_others else set()
        said = await self._ask(others)
        own, view = self._state(), self._membership.view
        said[ourselves] = own
        return ClusterState(
            at=own.at,
            told_by=ourselves,
            reaches_others=reaches_others,
            is_whole=_with_lease(view) <= said.keys(),
            shards=len(view.owners),
            nodes=[
                _shown(node, view, said.get(node.id))
                for node in sorted(view.nodes.values(), key=lambda node: node.id)
                if node.id in said or _is_of_interest(node, view)
            ],
        )

    async def _ask(self, nodes: Collection[UUID]) -> dict[UUID, NodeState]:
        replies = await asyncio.gather(
            *[self._questions.ask(node_id, STATE, within_s=REPLY_WITHIN_S) for node_id in nodes]
        )
        states = {node_id: _read(reply) for node_id, reply in zip(nodes, replies, strict=True)}
        return {node_id: state for node_id, state in states.items() if state is not None}

    def _state(self) -> NodeState:
        now = self._membership.now_s()
        if self._own_state is None or now - self._looked_at >= OWN_KEPT_S:
            self._own_state, self._looked_at = self._own(), now
        return self._own_state


def _read(reply: bytes | None) -> NodeState | None:
    try:
        return None if reply is None else _decode(reply)
    except msgspec.MsgspecError:
        # One of another version says it in other words; it is shown as one that said nothing.
        return None


def _with_lease(view: View) -> set[UUID]:
    return {node.id for node in view.nodes.values() if node.is_fresh}


def _is_of_interest(node: NodeSeen, view: View) -> bool:
    return node.is_fresh or node.silent_for_s < GONE_AFTER_S or node.id in view.owners


def _shown(node: NodeSeen, view: View, state: NodeState | None) -> NodeShown:
    return NodeShown(
        id=node.id,
        name=name_of(node.id),
        standing=_standing(node),
        shards=sorted(view.shards_of(node.id)),
        state=state,
    )


def _standing(node: NodeSeen) -> Standing:
    if not node.is_fresh:
        return "stale"
    return "leaving" if node.is_leaving else "fresh"
