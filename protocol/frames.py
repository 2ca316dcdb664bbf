"""Frames: what travels on the socket, each a message with a `type`.

From the client: hello, call, join, leave, presence. From the server: welcome, reply, snapshot,
joined, push, presence, problem, heartbeat, bye.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Raw

from protocol.limits import Limits
from protocol.refusals import Refused
from protocol.text import ONE_LINE

ShortText = Annotated[str, Meta(max_length=100)]
TopicName = Annotated[str, Meta(min_length=1, max_length=100)]
TokenText = Annotated[str, Meta(min_length=1, max_length=512)]
Moment = Annotated[datetime, Meta(tz=True)]
"""A moment a client tells: without `Z` or an offset nobody knows which one is meant."""


class Frame(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    gc=False,
):
    """One message of the protocol itself."""


class ClientInfo(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who made the client; for support and statistics."""

    name: ShortText
    version: ShortText


class Hello(Frame, frozen=True, tag="hello"):
    """Opens the conversation, with an access token or a ticket, and what was seen of topics."""

    token: TokenText | None = None
    ticket: TokenText | None = None
    client: ClientInfo | None = None
    resume: Annotated[dict[TopicName, ShortText], Meta(max_length=64)] = {}
    """The topics to join at once, each with the last position seen of it."""


class Call(Frame, frozen=True, tag="call"):
    """Asks an actor to do something. `to` may be left out for the caller's own user actor."""

    id: UUID
    do: Raw
    """A command or a query: its `type` and its fields."""
    to: TopicName | None = None
    made_at: Moment | None = None
    """When the person acted, where the command may be told later."""


class Join(Frame, frozen=True, tag="join"):
    """Follows a topic, from a position if one is known."""

    topic: TopicName
    pos: ShortText | None = None
    """The last position seen of the topic, as it was received."""


class Leave(Frame, frozen=True, tag="leave"):
    """Stops following a topic."""

    topic: TopicName


class SetPresence(Frame, frozen=True, tag="presence"):
    """Shows what one is doing, or that one is away; null is plainly there."""

    topic: TopicName
    doing: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] | None = None
    away: bool = False


ClientFrame = Hello | Call | Join | Leave | SetPresence


class Welcome(Frame, frozen=True, tag="welcome"):
    """Answers a hello."""

    session: str
    user_id: UUID
    now: datetime
    heartbeat_s: int
    limits: Limits


class Reply(Frame, frozen=True, tag="reply"):
    """Answers a call: `ok` or `refused`, never both. What is `ok` is durable."""

    id: UUID
    ok: Raw | None = None
    """The answer."""
    refused: Raw | None = None
    """The refusal."""


class Snapshot(Frame, frozen=True, tag="snapshot"):
    """The whole state of a topic at a position; what was held before is replaced by it."""

    topic: str
    pos: str
    state: dict[str, Any]
    """What each part of the topic shows, by the part's name."""


class Joined(Frame, frozen=True, tag="joined"):
    """The topic is followed from here on; everything up to `pos` has been sent.

    So has the presence of everybody known to be there. After a few seconds who was not named since
    the topic was asked for is not there any more.
    """

    topic: str
    pos: str


class Push(Frame, frozen=True, tag="push"):
    """Something happened in a topic."""

    topic: str
    pos: str
    at: datetime
    event: Raw


class Presence(Frame, frozen=True, tag="presence"):
    """Somebody's presence changed. Passing: it has no position and is not kept."""

    topic: str
    user_id: UUID
    status: str
    """`online`, `away` or `offline`."""
    doing: str | None = None
    last_seen_at: datetime | None = None


class Problem(Frame, frozen=True, tag="problem"):
    """A frame that was not a call could not be granted; `topic` says which join it was."""

    refused: Refused
    topic: str | None = None


class Heartbeat(Frame, frozen=True, tag="heartbeat"):
    """The server lives. `heads` are the positions of followed topics that changed."""

    now: datetime
    heads: dict[str, str] = {}


class Bye(Frame, frozen=True, tag="bye"):
    """The server is about to close the socket, and why."""

    reason: str
    retry_after_ms: int | None = None


ServerFrame = Welcome | Reply | Snapshot | Joined | Push | Presence | Problem | Heartbeat | Bye
