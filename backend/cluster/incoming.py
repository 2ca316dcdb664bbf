"""How far each node has been heard: what shows that something was lost, or is brought again."""

from enum import Enum
from uuid import UUID

from backend.cluster.words import Parcel

MARKS_MAX = 10_000
"""Nodes of which it is known how far they were heard; the one silent for the longest goes first."""


class Arrival(Enum):
    """What a parcel is, by its number."""

    NEXT = "next"
    AFTER_A_GAP = "after a gap"
    AGAIN = "again"
    """Not ahead of what was heard: somebody has kept it and brings it once more."""


class Incoming:
    """Knows of each node the last parcel that was heard, also when the node is gone.

    What a node that has gone once said could otherwise be brought again.
    """

    def __init__(self) -> None:
        """Begin with nobody heard."""
        self._marks: dict[UUID, tuple[int, int]] = {}
        """The stream and the number, in the order in which nodes were heard last."""
        self._gone: set[UUID] = set()

    def __len__(self) -> int:
        """Count the nodes that are known."""
        return len(self._marks)

    def arrived(self, parcel: Parcel) -> Arrival:
        """Say what a parcel is, and remember it."""
        sender, found = parcel.sender, (parcel.stream, parcel.number)
        last = self._marks.get(sender)
        if last is not None and found <= last:
            return Arrival.AGAIN
        self._marks.pop(sender, None)
        self._marks[sender] = found
        if len(self._marks) > MARKS_MAX:
            oldest = next(iter(self._marks))
            del self._marks[oldest]
            self._gone.discard(oldest)
        if last is None or sender in self._gone:
            self._gone.discard(sender)
            return Arrival.NEXT if parcel.number == 0 else Arrival.AFTER_A_GAP
        is_next = found == (last[0], last[1] + 1)
        return Arrival.NEXT if is_next else Arrival.AFTER_A_GAP

    def let_go(self, node_id: UUID) -> None:
        """Have a node that is gone begin anew, should it come back."""
        if node_id in self._marks:
            self._gone.add(node_id)
