"""Events: what has happened, as it was then; listed, and delivered by webhooks."""

from fnmatch import fnmatchcase
from typing import Any, ClassVar

import msgspec

from backend.embedded.stripe.resource import Resource


class EventData(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The resource as it was, and what of it was different before."""

    object: dict[str, Any]
    previous_attributes: dict[str, Any] | None = None


class EventRequest(msgspec.Struct, kw_only=True, frozen=True):
    """The request that had it happen, if one did."""

    id: str | None = None
    idempotency_key: str | None = None


class Event(Resource, tag="event", kw_only=True):
    """Something that happened."""

    prefix: ClassVar = "evt_"
    path: ClassVar = "/v1/events"

    api_version: str
    type: str
    data: EventData
    request: EventRequest
    pending_webhooks: int = 0


def is_wanted(event_type: str, wanted: list[str]) -> bool:
    """Tell whether a type is among those wanted: `charge.succeeded`, `charge.*`, `*`."""
    return any(fnmatchcase(event_type, pattern) for pattern in wanted)
