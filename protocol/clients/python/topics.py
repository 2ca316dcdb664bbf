"""The topics a client follows, over every reconnection."""

from collections.abc import Callable
from itertools import islice

from protocol.address import users_address
from protocol.clients.python.backoff import backoff_s
from protocol.clients.python.clock import Clock
from protocol.clients.python.errors import Closed, Left, Refused
from protocol.clients.python.follow import Verdict
from protocol.clients.python.listeners import Listeners
from protocol.clients.python.received import (
    Heartbeat,
    Joined,
    Presence,
    Problem,
    Push,
    Snapshot,
    Welcome,
)
from protocol.clients.python.subscription import Heard, Subscription
from protocol.frames import Join, Leave, SetPresence
from protocol.position import Position

ANNOUNCEMENTS = "announcements"
ABSENT_AFTER_S = 6.0
"""So long the server itself may not know who is there: a topic may just have moved."""
TopicFrame = Join | Leave | SetPresence


class Topics:
    """Subscriptions by topic, what is to be sent for them, and what one shows of oneself there."""

    def __init__(
        self,
        clock: Clock,
        random: Callable[[], float],
        *,
        tries_max: int,
        pushes_max: int,
        woken: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._random = random
        self._tries_max = tries_max
        self._pushes_max = pushes_max
        self._woken = woken
        self._subscriptions: dict[str, Subscription] = {}
        self._to_leave: set[str] = set()
        self._shown: dict[str, SetPresence] = {}
        self._to_show: set[str] = set()
        self.heard = Heard(pushes_max)
        self.on_problem: Listeners[[Refused, str | None]] = Listeners()

    # ----------------------------------------------------------------------------- what one asks

    def join(self, topic: str) -> Subscription:
        """Follow a topic from now on; joining twice gives the same subscription."""
        subscription = self._subscriptions.get(topic)
        if subscription is None:
            subscription = Subscription(topic, self, self._pushes_max)
            self._subscriptions[topic] = subscription
            self._woken()
        return subscription

    def leave(self, topic: str) -> None:
        """Stop following a topic."""
        subscription = self._subscriptions.pop(topic, None)
        self._shown.pop(topic, None)
        self._to_show.discard(topic)
        if subscription is not None:
            if subscription.on_wire:
                self._to_leave.add(topic)
            subscription.end(Left(topic))
            self._woken()

    def refresh(self, topic: str) -> None:
        """Ask for a topic's snapshot. Raises Left when it is not followed."""
        subscription = self._subscriptions.get(topic)
        if subscription is None:
            raise Left(topic)
        subscription.follow.asked_from_nothing()
        self._ask_again(subscription)

    def show(self, topic: str, doing: str | None, *, away: bool) -> None:
        """Show what one is doing, again after each reconnection."""
        self._shown[topic] = SetPresence(topic=topic, doing=doing, away=away)
        subscription = self._subscriptions.get(topic)
        if subscription is None or subscription.caught_up:
            self._to_show.add(topic)
            self._woken()

    def _ask_again(self, subscription: Subscription) -> None:
        subscription.join_due = True
        self._woken()

    # ------------------------------------------------------------------------------- the socket

    def resume(self, topics_max: int) -> dict[str, str]:
        """Begin anew on a new socket: the positions to say hello with."""
        self._to_leave.clear()
        for subscription in self._subscriptions.values():
            subscription.lose()
        # What is shown in a topic that is followed waits until it is caught up.
        self._to_show = {topic for topic in self._shown if topic not in self._subscriptions}
        known = ((s, s.follow.resume_pos) for s in self._subscriptions.values())
        resumed = [(s, pos) for s, pos in known if pos is not None]
        positions: dict[str, str] = {}
        for subscription, pos in islice(resumed, topics_max):
            subscription.asked()
            positions[subscription.topic] = pos
        return positions

    def welcomed(self, welcome: Welcome) -> None:
        """Follow what the server joins by itself."""
        for topic in (users_address(welcome.user_id), ANNOUNCEMENTS):
            self.join(topic).asked()

    def take(self) -> tuple[list[TopicFrame], float | None]:
        """Take what is to be sent now, and tell when to look again (None: when told)."""
        now_s = self._clock.elapsed_s()
        frames: list[TopicFrame] = [Leave(topic=topic) for topic in sorted(self._to_leave)]
        self._to_leave.clear()
        again_s = self._tell_absences(now_s)
        for subscription in self._subscriptions.values():
            if not subscription.join_due:
                continue
            if subscription.not_before_s > now_s:
                again_s.append(subscription.not_before_s)
                continue
            frames.append(Join(topic=subscription.topic, pos=subscription.follow.resume_pos))
            subscription.asked()
        frames += [self._shown[topic] for topic in self._shown if topic in self._to_show]
        self._to_show.clear()
        return frames, min(again_s, default=None)

    def _tell_absences(self, now_s: float) -> list[float]:
        """Tell who has not been named in time; returns when others are due."""
        later_s: list[float] = []
        for subscription in list(self._subscriptions.values()):
            due_s = subscription.absences_due_s
            if due_s is not None and due_s > now_s:
                later_s.append(due_s)
            elif due_s is not None:
                for gone in subscription.absences():
                    self.receive_presence(gone)
        return later_s

    # ------------------------------------------------------------------------------- what comes

    def receive_push(self, push: Push) -> None:
        """Apply a push if it is the next; ask again if one before it is missing."""
        subscription = self._subscriptions.get(push.topic)
        if subscription is None:
            return
        verdict = subscription.follow.push(Position.parse(push.pos))
        if verdict is Verdict.APPLY:
            subscription.hear_push(push)
            self.heard.hear_push(push)
        elif verdict is Verdict.ASK_AGAIN:
            self._ask_again(subscription)

    def receive_snapshot(self, snapshot: Snapshot) -> None:
        """Replace what was known of a topic."""
        subscription = self._subscriptions.get(snapshot.topic)
        if subscription is not None:
            subscription.follow.snapshot(Position.parse(snapshot.pos))
            subscription.snapshot = snapshot
            subscription.hear_snapshot(snapshot)
            self.heard.hear_snapshot(snapshot)

    def receive_joined(self, joined: Joined) -> None:
        """Take note that a topic is caught up; who is not named there soon is gone."""
        subscription = self._subscriptions.get(joined.topic)
        if subscription is None:
            return
        if subscription.follow.joined(Position.parse(joined.pos)):
            self._ask_again(subscription)
            return
        subscription.tries = 0
        subscription.await_names(self._clock.elapsed_s() + ABSENT_AFTER_S)
        self._woken()
        subscription.hear_joined()
        if joined.topic in self._shown:
            self._to_show.add(joined.topic)
            self._woken()

    def receive_presence(self, presence: Presence) -> None:
        """Pass on somebody's presence."""
        subscription = self._subscriptions.get(presence.topic)
        if subscription is not None:
            subscription.hear_presence(presence)
            self.heard.hear_presence(presence)

    def receive_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Compare all positions with the heads."""
        for topic, subscription in self._subscriptions.items():
            head = heartbeat.heads.get(topic)
            if subscription.follow.heartbeat(None if head is None else Position.parse(head)):
                self._ask_again(subscription)

    def receive_problem(self, problem: Problem) -> None:
        """Try a refused join again while that may help; end its subscription when it may not.

        A lasting one may also come later: somebody who has left may not read on.
        """
        refused = Refused.of(problem.refused)
        self.on_problem.tell(refused, problem.topic)
        subscription = self._subscriptions.get(problem.topic or "")
        if subscription is None or not subscription.on_wire:
            return
        if refused.temporary and subscription.caught_up:
            return
        if refused.temporary and subscription.tries < self._tries_max:
            wait_s = refused.retry_after_s + backoff_s(subscription.tries, self._random)
            subscription.not_before_s = self._clock.elapsed_s() + wait_s
            subscription.tries += 1
            self._ask_again(subscription)
            return
        del self._subscriptions[subscription.topic]
        self._shown.pop(subscription.topic, None)
        subscription.end(refused)

    # ------------------------------------------------------------------------------- the client

    def stop(self, why: Closed) -> None:
        """The client has stopped; positions are kept for the next time."""
        self.heard.end(why)
        for subscription in self._subscriptions.values():
            subscription.lose()
            subscription.end(why)

    def begin(self) -> None:
        """The client begins (again)."""
        self.heard.begin()
        for subscription in self._subscriptions.values():
            subscription.begin()
