"""A socket's place in a topic: the past, then what happened meanwhile, each number once."""

from typing import cast
from uuid import UUID, uuid4

import msgspec

from actors.principal import Principal
from backend.fanout.hub import Hub
from backend.fanout.prepared import Prepared
from backend.fanout.subscription import BUFFERED_EVENTS_MAX, Subscription
from protocol.codec import Codec
from protocol.position import Position


class Follower:
    """A socket that notes what it is given."""

    codec = cast("Codec", None)
    user_id: UUID = uuid4()
    principal = Principal(user_id)

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.has_lagged = False

    def send(self, _frame: msgspec.Struct) -> None:
        raise AssertionError

    def forget_topic(self, _topic: str) -> None:
        raise AssertionError

    def expelled(self, _topic: str) -> None:
        raise AssertionError

    def send_prepared(self, message: Prepared) -> None:
        self.given.append(message.payload)

    def lagged(self, _topic: str) -> None:
        self.has_lagged = True


def event(number: int) -> Prepared:
    return Prepared(str(number).encode(), binary=False)


def test_what_happens_while_the_past_is_read_comes_after_it_and_once() -> None:
    subscription = Subscription(follower := Follower(), "user/1")
    for number in (3, 4, 5):
        subscription.push(number, event(number))
    assert follower.given == []
    subscription.go_live(4)
    subscription.push(6, event(6))
    assert follower.given == [b"5", b"6"]


def test_what_was_read_before_its_commit_was_answered_is_not_given_again() -> None:
    subscription = Subscription(follower := Follower(), "user/1")
    subscription.go_live(4)
    for number in (3, 4, 5):
        subscription.push(number, event(number))
    assert follower.given == [b"5"]
    assert subscription.number == 5


def test_more_than_can_be_kept_makes_it_come_back() -> None:
    subscription = Subscription(follower := Follower(), "user/1")
    for number in range(1, BUFFERED_EVENTS_MAX + 1):
        subscription.push(number, event(number))
    assert not follower.has_lagged
    subscription.push(BUFFERED_EVENTS_MAX + 1, event(BUFFERED_EVENTS_MAX + 1))
    assert follower.has_lagged


class Watcher:
    """Notes of which topics something did not come here; implements `ports.Watcher`."""

    def __init__(self) -> None:
        self.behind_in: list[str] = []

    def begun(self, _topic: str) -> None:
        return

    def ended(self, _topic: str) -> None:
        return

    def behind(self, topic: str) -> None:
        self.behind_in.append(topic)

    def is_mending(self, _topic: str, _number: int) -> bool:
        return False


def test_who_read_an_older_past_than_the_others_were_given_is_looked_after() -> None:
    hub = Hub()
    hub.watcher = watcher = Watcher()
    first, late = hub.subscribe("user/1", Follower()), hub.subscribe("user/1", Follower())
    hub.go_live(first, Position(1, 4))
    # The fifth was read from the log for the first, and never came here as a push.
    hub.heads["user/1"] = Position(1, 5)
    hub.go_live(late, Position(1, 4))
    assert watcher.behind_in == ["user/1"]
    assert hub.heads["user/1"] == Position(1, 5)
