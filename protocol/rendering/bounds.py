"""The protocol's own limits, each with what happens at it."""

from datetime import timedelta

from protocol import common, limits
from protocol.closing import Closing
from protocol.refusals import Refusal
from protocol.rendering.language import Limit


def refused(refusal: type[Refusal]) -> str:
    """Say that a refusal is the answer."""
    return f"refused: `{refusal.code}`"


def closed(closing: Closing) -> str:
    """Say that the socket is closed."""
    return f"closed: {closing.value} `{closing.reason}`"


def size(count: int) -> str:
    """Write a number of bytes as people do."""
    return f"{count // 1024**2} MiB" if count >= 1024**2 else f"{count // 1024} KiB"


def span(time: timedelta) -> str:
    """Write a span of time as people do."""
    seconds = int(time.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds > 2 * length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


PROTOCOL_LIMITS: tuple[Limit, ...] = (
    Limit("One WebSocket message", size(limits.FRAME_BYTES_MAX), "closed: 1009"),
    Limit(
        "Frames in one WebSocket message",
        str(limits.FRAME_MESSAGES_MAX),
        refused(common.BatchTooLong) + "; nothing of it is done",
    ),
    Limit("From connecting to hello", f"{limits.HELLO_WITHIN_S} s", closed(Closing.HELLO_TIMEOUT)),
    Limit(
        "Topics followed by a socket",
        str(limits.TOPICS_PER_SOCKET_MAX),
        refused(common.TopicsTooMany),
    ),
    Limit(
        "Joins of a socket that have not ended",
        str(limits.TOPICS_PER_SOCKET_MAX),
        refused(common.Overloaded),
    ),
    Limit(
        "Calls of a socket that wait for their reply",
        str(limits.CALLS_IN_FLIGHT_MAX),
        refused(common.Overloaded),
    ),
    Limit(
        "What waits to be read by the client",
        size(limits.SEND_QUEUE_BYTES_MAX),
        closed(Closing.SLOW_CONSUMER) + "; come back and resume",
    ),
    Limit(
        "Missed events a resume brings",
        f"{limits.RESUME_EVENTS_MAX:,} or {size(limits.RESUME_BYTES_MAX)}",
        "a `snapshot` instead",
    ),
    Limit(
        "The `state` of a `snapshot`, as JSON",
        size(limits.SNAPSHOT_BYTES_MAX),
        "it shows the latest, with long text cut; pages over HTTP have all",
    ),
    Limit("Age of a call's id", span(limits.ID_KEPT), refused(common.IdExpired)),
    Limit(
        "A call's id ahead of the server's clock",
        span(limits.ID_AHEAD_MAX),
        refused(common.IdNotTimed),
    ),
    Limit(
        "`made_at` ahead of the server's clock",
        span(limits.MADE_AT_SKEW_MAX),
        "within it taken as now; beyond " + refused(common.MadeAtAhead),
    ),
    Limit(
        "`made_at` in the past, where a command allows it at all",
        span(limits.BACK_DATED_MAX),
        refused(common.MadeAtTooOld),
    ),
    Limit(
        "Free text, where a field says nothing else",
        f"{limits.TEXT_MAX:,} characters",
        refused(common.Invalid),
    ),
    Limit("Any integer", "64 bits", refused(common.Invalid)),
)
