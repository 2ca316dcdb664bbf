"""Reading notifications over HTTP, and telling where one may be pushed to.

Subscriptions are plain routes: what carries secrets is never a command that is kept.
"""

import base64
from typing import Annotated, Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from actors.principal import Principal
from backend.domains.notifications import pages, store, subscriptions
from backend.domains.notifications.messages import (
    EndpointNotAllowed,
    Preferences,
    PushKeyUnknown,
    PushNotSetUp,
)
from backend.domains.notifications.pages import NotificationPage
from backend.domains.notifications.subscriptions import Browser
from backend.integrations.push_endpoint import ENDPOINT_MAX, is_endpoint_allowed
from backend.integrations.vapid import VapidKeyRing
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX, id_cursor
from protocol.common import Invalid, NotFound
from protocol.marks import SECRET
from protocol.messages import Value

Asker = NamedDependency[Principal]
AnyRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]
_KEPT: dict[str, Any] = {"tags": ["notifications"], "security": [{"bearer": []}]}
_BODY_BYTES_MAX = 8 * 1024
_PUBLIC_KEY = r"^[A-Za-z0-9_-]{87}=?$(?!\n)"


class PushKeys(Value, frozen=True):
    """The keys of a browser, as its `PushSubscription.toJSON()` gives them."""

    p256dh: Annotated[str, Meta(pattern=_PUBLIC_KEY), SECRET]
    auth: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}(==)?$(?!\n)"), SECRET]


class NewSubscription(Value, frozen=True, rename="camel"):
    """A browser's subscription, as its `PushSubscription.toJSON()` gives it."""

    endpoint: Annotated[str, Meta(max_length=ENDPOINT_MAX), SECRET]
    keys: Annotated[PushKeys, SECRET]
    expiration_time: float | None = None
    """Not kept: the push service itself says when a subscription is gone."""
    application_server_key: Annotated[str, Meta(pattern=_PUBLIC_KEY)] | None = None
    """The key it was made with: its `options.applicationServerKey`, as base64url.

    Left out, it is the key this endpoint was sent with before, or else that of `GET /v1/push/key`.
    """


class Subscribed(msgspec.Struct, frozen=True):
    """Under which id a subscription is kept."""

    id: UUID
    is_current_key: bool
    """Whether it was made with the key of `GET /v1/push/key`; if not, subscribe anew."""


class PushKey(msgspec.Struct, frozen=True):
    """What a browser subscribes with (`applicationServerKey`)."""

    public_key: str


@get("/v1/notifications", **_KEPT)
async def list_notifications(
    principal: Asker, after: FromQuery[str | None] = None, limit: Limit = PAGE_DEFAULT
) -> NotificationPage:
    """Read your inbox, the newest first; `after` is the `next` of the page before."""
    return await pages.read_page(principal.user_id, id_cursor(after), limit)


@get("/v1/notifications/preferences", **_KEPT)
async def show_preferences(principal: Asker) -> Preferences:
    """See what you want of pushes; change it by `notifications.change_preferences`."""
    return await store.show_preferences(principal.user_id, principal)


@get("/v1/push/key", tags=["notifications"], sync_to_thread=False)
def show_push_key(request: AnyRequest) -> PushKey:
    """Get the key a browser subscribes with; one that has subscribed with another does so anew."""
    return PushKey(_keys(request).current)


@post("/v1/push/subscriptions", request_max_body_size=_BODY_BYTES_MAX, **_KEPT)
async def subscribe(
    request: AnyRequest, data: JSONBody[NewSubscription], principal: Asker
) -> Subscribed:
    """Have this browser pushed to for as long as its session lives.

    Sent again for the same endpoint it is the same subscription, by whoever sends it last. Made
    with the key of `GET /v1/push/key`, it takes the place of one its session made with another.
    """
    house, keys = request.app.state.house, _keys(request)
    if not is_endpoint_allowed(data.endpoint, allows_loopback=house.settings.push_allows_loopback):
        raise EndpointNotAllowed
    _check_key(data.keys.p256dh)
    public_key = await _made_with(data, keys)
    subscription_id = await subscriptions.keep(
        principal.user_id,
        principal.session_id,
        endpoint=data.endpoint,
        p256dh=data.keys.p256dh,
        auth=data.keys.auth,
        public_key=public_key,
        keys=keys,
        now=house.clock.now(),
    )
    return Subscribed(subscription_id, is_current_key=public_key == keys.current)


@get("/v1/push/subscriptions", **_KEPT)
async def list_subscriptions(request: AnyRequest, principal: Asker) -> list[Browser]:
    """See which browsers are pushed to, and which no more and why."""
    return await subscriptions.show(principal.user_id, principal.session_id, _ring(request))


@delete("/v1/push/subscriptions/{subscription_id:uuid}", **_KEPT)
async def unsubscribe(subscription_id: FromPath[UUID], principal: Asker) -> None:
    """Have a browser pushed to no longer."""
    if not await subscriptions.drop(principal.user_id, subscription_id):
        raise NotFound(what="push subscription")


def _ring(request: AnyRequest) -> VapidKeyRing:
    settings = request.app.state.house.settings
    return VapidKeyRing(settings.vapid_private_key, settings.vapid_former_private_keys)


def _keys(request: AnyRequest) -> VapidKeyRing:
    """Give the keys of a deployment that pushes. Raises PushNotSetUp."""
    keys = _ring(request)
    if not keys:
        raise PushNotSetUp
    return keys


async def _made_with(data: NewSubscription, keys: VapidKeyRing) -> str:
    """Find out with which key a browser subscribed. Raises PushKeyUnknown."""
    told = (data.application_server_key or "").rstrip("=")
    public_key = told or await subscriptions.key_of(data.endpoint, keys) or keys.current
    if public_key not in keys:
        raise PushKeyUnknown
    return public_key


def _check_key(p256dh: str) -> None:
    """Refuse what is no point on the curve; it could not be encrypted for. Raises Invalid."""
    try:
        point = base64.urlsafe_b64decode(p256dh.rstrip("=") + "=")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Invalid(path="$.keys.p256dh", problem="This is no key of a browser") from None


ROUTES = [
    list_notifications,
    show_preferences,
    show_push_key,
    subscribe,
    list_subscriptions,
    unsubscribe,
]
