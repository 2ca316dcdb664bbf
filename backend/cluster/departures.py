"""Departures: which of the nodes that something is remembered of are gone."""

from collections.abc import Iterable
from uuid import UUID

from actors.placement import View

UNSEEN_VIEWS_MAX = 2
"""A view may have been read before the node came of which we have heard since."""


class Departures:
    """Tells by view after view who is gone.

    A node that is in no view may only have begun. Or it has left in order, and somebody whose view
    is older has spoken of it since: that would be believed for ever.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._unseen: dict[UUID, int] = {}
        """In how many views those were missing who were never in one."""

    def among(self, nodes: Iterable[UUID], before: View, now: View) -> set[UUID]:
        """Say which of these are gone; to be asked once of every view."""
        gone: set[UUID] = set()
        unseen: dict[UUID, int] = {}
        for node_id in nodes:
            if now.is_fresh(node_id):
                continue
            times = self._unseen.get(node_id, 0) + 1
            if node_id in now.nodes or node_id in before.nodes or times > UNSEEN_VIEWS_MAX:
                gone.add(node_id)
            else:
                unseen[node_id] = times
        self._unseen = unseen
        return gone
