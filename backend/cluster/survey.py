"""The survey: how every node is, asked of all of them when somebody wants to know.

What costs is shared: who wants to know within a second is told the same, and a node looks at itself
at most twice a second, however many others ask.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from uuid import UUID

import msgspec

from actors.placement import NodeSeen, View
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.state import ClusterState, NodeShown, NodeState, Standing, name_of
from backend.cluster.words import StateAsked, StateSaid
from backend.ending import end

ANSWERED_WITHIN_S = 1.0
KEPT_S = 1.0
OWN_KEPT_S = 0.5
"""Less than a survey is: who looks every second is told something new each time."""
GONE_AFTER_S = 60.0
"""For so long after its last sign of life a node is shown that owns nothing any more."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NodeState).decode


class Survey:
    """Asks the other nodes how they are, and answers them; one survey at a time."""

    def __init__(self, membership: Membership, links: Links, own: Callable[[], NodeState]) -> None:
        """Ask nobody yet; `own` looks how this node is."""
        self._membership = membership
        self._links = links
        self._own = own
        self._own_state: NodeState | None = None
        self._looked_at = 0.0
        self._begun_at = 0.0
        self._task: asyncio.Task[ClusterState] | None = None
        self._number = 0
        self._awaited: set[UUID] = set()
        self._said: dict[UUID, NodeState] = {}
        self._is_answered = asyncio.Event()
        links.on(StateAsked, self._asked)
        links.on(StateSaid, self._heard)

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

    # Asking.

    async def _look(self) -> ClusterState:
        reaches_others = self._links.is_up
        if reaches_others:
            await self._ask(_with_lease(self._membership.view) - {self._membership.node_id})
        own, view = self._state(), self._membership.view
        said = {**self._said, self._membership.node_id: own}
        self._said = {}
        return ClusterState(
            at=own.at,
            told_by=self._membership.node_id,
            reaches_others=reaches_others,
            is_whole=_with_lease(view) <= said.keys(),
            shards=len(view.owners),
            nodes=[
                _shown(node, view, said.get(node.id))
                for node in sorted(view.nodes.values(), key=lambda node: node.id)
                if node.id in said or _is_of_interest(node, view)
            ],
        )

    async def _ask(self, nodes: Collection[UUID]) -> None:
        self._number += 1
        self._awaited = set(nodes)
        self._is_answered.clear()
        for node_id in nodes:
            self._links.send(node_id, StateAsked(self._number))
        if nodes:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWERED_WITHIN_S):
                    await self._is_answered.wait()
        self._awaited = set()

    def _heard(self, sender: UUID, word: StateSaid) -> None:
        if word.number != self._number or sender not in self._awaited:
            return  # It comes too late.
        # One of another version may say it in other words; it is shown as one that said nothing.
        with suppress(msgspec.MsgspecError):
            self._said[sender] = _decode(word.state)
        self._awaited.discard(sender)
        if not self._awaited:
            self._is_answered.set()

    # Answering.

    def _asked(self, sender: UUID, word: StateAsked) -> None:
        self._links.send(sender, StateSaid(word.number, _encode(self._state())))

    def _state(self) -> NodeState:
        now = self._membership.now_s()
        if self._own_state is None or now - self._looked_at >= OWN_KEPT_S:
            self._own_state, self._looked_at = self._own(), now
        return self._own_state


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
