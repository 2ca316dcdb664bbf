"""How far one topic has been followed; pure, so that every order of frames can be tried."""

from enum import Enum

from protocol.position import Position


class Verdict(Enum):
    """What becomes of a push."""

    APPLY = "apply"
    DROP = "drop"
    ASK_AGAIN = "ask_again"


class Follow:
    """A place in a topic.

    Only the push right behind the last one is applied. A hole in what comes live makes the topic
    be asked for again from the last position; a hole in the answer to that, from no position,
    so that a snapshot comes. So a hole is never passed over, and never asked for twice alike.
    """

    def __init__(self) -> None:
        self.pos: Position | None = None
        self.caught_up = False
        """Whether `joined` has come since it was last asked for."""
        self._from_nothing = True
        """Whether it was last asked for without a position."""
        self._snapshot_wanted = False
        self._head: Position | None = None

    @property
    def resume_pos(self) -> str | None:
        """The position to ask from."""
        return None if self.pos is None or self._snapshot_wanted else str(self.pos)

    def asked(self) -> None:
        """The topic is being asked for (again), from where it stands."""
        self.caught_up = False
        self._from_nothing = self.resume_pos is None
        self._head = None

    def asked_from_nothing(self) -> None:
        """A snapshot is being asked for."""
        self._snapshot_wanted = True
        self.asked()

    def push(self, pos: Position) -> Verdict:
        """Judge a push by its position, and move on to it if it is the next."""
        mine = self.pos
        if mine is None or (pos.generation == mine.generation and pos.number == mine.number + 1):
            self.pos = pos
            return Verdict.APPLY
        if pos <= mine or not self.caught_up:
            return Verdict.DROP
        self.asked()
        return Verdict.ASK_AGAIN

    def snapshot(self, pos: Position) -> None:
        """Stand where the snapshot stands."""
        self.pos = pos
        self._snapshot_wanted = False

    def joined(self, pos: Position) -> bool:
        """Take note that all up to `pos` was sent; tell whether it must be asked for again."""
        behind = self.pos is not None and self.pos < pos
        if behind and not self._from_nothing:
            self.asked_from_nothing()
            return True
        if self.pos is None or behind:
            self.pos = pos
        self.caught_up = True
        self._snapshot_wanted = False
        return False

    def heartbeat(self, head: Position | None) -> bool:
        """Compare with the head the server names; tell whether it must be asked for again.

        A push may be on its way when its head is named, so being behind counts from the next
        heartbeat on.
        """
        late = self._head is not None and (self.pos is None or self.pos < self._head)
        if self.caught_up and late:
            self.asked()
            return True
        if head is not None and (self.pos is None or self.pos < head):
            self._head = head
        else:
            self._head = None
        return False
