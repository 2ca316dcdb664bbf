"""The log of events, read over the API."""

from typing import Literal

from backend.embedded.stripe.events import Event, is_wanted
from backend.embedded.stripe.forms import NoParams
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.tables import ListParams, Page


class EventListParams(ListParams, kw_only=True):
    """Which events."""

    delivery_success: bool | Literal[""] | None = None
    type: str | None = None
    types: list[str] | None = None


@operation("GET", "/v1/events", EventListParams)
async def list_all(call: Call[EventListParams]) -> Page:
    """List events, the latest first."""
    params = call.params
    wanted = params.types or ([params.type] if params.type else ["*"])
    is_delivered = params.delivery_success if isinstance(params.delivery_success, bool) else None
    return call.account.of(Event).page(
        params,
        of=lambda row: (
            is_wanted(row.type, wanted) and is_delivered in {None, row.pending_webhooks == 0}
        ),
    )


@operation("GET", "/v1/events/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Event:
    """Read one."""
    return call.account.of(Event).get(call.id)
