"""What a client receives: the server's frames of `protocol.frames`, with their bodies read.

They differ in one thing: fields a client does not know are passed over, since the server may be
newer than the client.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from protocol.limits import Limits
from protocol.refusals import Refused

PositionText = Annotated[str, Meta(pattern=r"^[0-9]{1,18}\.[0-9]{1,18}$")]


class ReceivedFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """One message from the server."""


class Welcome(ReceivedFrame, frozen=True, tag="welcome"):
    """Answers the hello."""

    session: str
    user_id: UUID
    now: datetime
    heartbeat_s: int
    limits: Limits


class Reply(ReceivedFrame, frozen=True, tag="reply"):
    """Answers a call."""

    id: UUID
    ok: Any = None
    refused: Refused | None = None


class Snapshot(ReceivedFrame, frozen=True, tag="snapshot"):
    """The whole state of a topic at a position."""

    topic: str
    pos: PositionText
    state: dict[str, Any]


class Joined(ReceivedFrame, frozen=True, tag="joined"):
    """Everything up to `pos` has been sent."""

    topic: str
    pos: PositionText


class Push(ReceivedFrame, frozen=True, tag="push"):
    """Something happened in a topic."""

    topic: str
    pos: PositionText
    at: datetime
    event: dict[str, Any]


class Presence(ReceivedFrame, frozen=True, tag="presence"):
    """Somebody's presence changed."""

    topic: str
    user_id: UUID
    status: str
    doing: str | None = None
    last_seen_at: datetime | None = None


class Problem(ReceivedFrame, frozen=True, tag="problem"):
    """A frame that was not a call could not be granted."""

    refused: Refused
    topic: str | None = None


class Heartbeat(ReceivedFrame, frozen=True, tag="heartbeat"):
    """The server lives."""

    now: datetime
    heads: dict[str, PositionText] = {}


class Bye(ReceivedFrame, frozen=True, tag="bye"):
    """The server is about to close the socket."""

    reason: str
    retry_after_ms: int | None = None


Received = Welcome | Reply | Snapshot | Joined | Push | Presence | Problem | Heartbeat | Bye
