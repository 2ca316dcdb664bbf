"""The language as a whole: the words of all rooms, what Parts show, and the house's limits."""

from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import protocol
from actors.actor import MAILBOX_MAX
from actors.repertoire import Repertoire
from backend import rooms
from backend.assembly import REQUEST_BYTES_MAX
from backend.gateway.calls import CALL_TIMEOUT_S
from backend.gateway.ports import GatewaySettings
from backend.persistence.event_log import KEPT_DAYS
from backend.server import PING_TIMEOUT_S
from protocol import withdrawn
from protocol.closing import Closing
from protocol.common import Overloaded, RateLimited, TimedOut
from protocol.rendering import Language, Limit
from protocol.rendering.bounds import closed, refused, size
from protocol.rendering.language import Snapshots
from protocol.vocabulary import Vocabulary

GENERATED = Path(protocol.__file__).parent / "generated"


def language() -> Language:
    """Gather what is public: words that stand in `messages.py`; notes to memory stand elsewhere."""
    words = Vocabulary.of([withdrawn, *rooms.modules("messages")])
    return Language(words, snapshots=_snapshots(), limits=_limits(GatewaySettings()))


def _snapshots() -> Snapshots:
    """Read from each Part's snapshot function what it shows."""
    shown: dict[str, dict[str, Any]] = {}
    for kind, role in Repertoire.of(rooms.modules("actor")).roles.items():
        for part in role.parts:
            if part.snapshot is not None:
                answer = get_type_hints(part.snapshot)["return"]
                (state,) = [one for one in get_args(answer) or (answer,) if one is not NoneType]
                shown.setdefault(kind, {})[part.name] = state
    return shown


def _limits(settings: GatewaySettings) -> tuple[Limit, ...]:
    calls = f"{settings.calls_per_s_max}/s, {settings.calls_burst_max} at once *"
    frames = f"{settings.frames_per_s_max}/s, {settings.frames_burst_max} at once *"
    problems = f"1/s, {settings.problems_burst_max} at once *"
    sockets = f"{settings.sockets_per_user_max} *"
    return (
        Limit("Calls of a socket", calls, refused(RateLimited)),
        Limit("Requests of a person over HTTP", calls, refused(RateLimited)),
        Limit("Frames of a socket", frames, closed(Closing.FLOODING)),
        Limit("Frames of a socket that were refused", problems, closed(Closing.FLOODING)),
        Limit("Sockets of a person", sockets, f"the oldest is {closed(Closing.REPLACED)}"),
        Limit("Sockets of a server", f"{settings.sockets_max:,} *", closed(Closing.OVERLOADED)),
        Limit("Commands that wait for one actor", str(MAILBOX_MAX), refused(Overloaded)),
        Limit("Waiting for a reply", f"{CALL_TIMEOUT_S:.0f} s", refused(TimedOut)),
        Limit("Waiting for the answer to a ping", f"{PING_TIMEOUT_S:.0f} s", "closed: 1011"),
        Limit("Events kept for a resume", f"{KEPT_DAYS} d", "a `snapshot` instead"),
        Limit("Body of an HTTP request", size(REQUEST_BYTES_MAX), "HTTP 413"),
    )
