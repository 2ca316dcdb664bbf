"""Receiving: Stripe's webhooks are kept as they came, and applied by a job.

An event only says which object to look at. Whatever happened to the object before the event is in
what Stripe says of it once the event has happened; so each row remembers of which moment the latest
event was by which it was read (`seen_event_at`), and what is older needs no look.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
import stripe

from backend.domains.payments import applying, customer_store, customers, store, webhook_store
from backend.domains.payments.applying import APPLIED, IGNORED, Also, Seen
from backend.domains.payments.putting_off import later
from backend.domains.payments.webhook_store import KnownWebhook, NewWebhook
from backend.integrations.stripe_api import (
    PayloadUnreadable,
    Stripe,
    StripeAway,
    StripeKeyRefused,
    verified_event,
)
from backend.persistence.job_run import JobRun

APPLY = "payments.apply_webhook"

_ITSELF = {"payment_intent", "customer", "checkout.session"}
_NAMES_PAYMENT = {"charge", "refund", "dispute"}
_NAMES_CUSTOMER = {"setup_intent", "payment_method"}
_KINDS = {
    "checkout.session": "session",
    "customer": "customer",
    **dict.fromkeys(_NAMES_CUSTOMER, "customer"),
    "payment_intent": "payment",
    **dict.fromkeys(_NAMES_PAYMENT, "payment"),
}


class _Object(msgspec.Struct, frozen=True):
    """What of an object says which of ours it is about."""

    object: str = ""
    id: str | None = None
    payment_intent: Any = None
    customer: Any = None


class _Data(msgspec.Struct, frozen=True):
    """What an event says, and what was different before."""

    object: _Object
    previous_attributes: _Object | None = None


class _Event(msgspec.Struct, frozen=True):
    """What of an event is looked at before it is applied."""

    data: _Data


class ApplyWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that was kept, and is to be applied."""

    event_id: str


async def receive(run: JobRun, raw: bytes, signature: str | None) -> bool:
    """Keep a webhook and have it applied; tells whether it is new. Raises WebhookRefused."""
    event = verified_event(raw, signature, run.use(Stripe).settings.webhook_secrets)
    try:
        new = new_webhook(event, raw.decode(), was_missed=False)
    except (AttributeError, msgspec.MsgspecError):
        raise PayloadUnreadable from None
    return await keep(run, new)


async def keep(run: JobRun, new: NewWebhook) -> bool:
    """Keep a webhook, and plan the job that applies it, in one transaction."""
    async with run.once():
        is_new = await webhook_store.keep(new, run.now)
        if is_new and new.about is not None:
            run.job(APPLY, ApplyWebhook(event_id=new.event_id))
    return is_new


def new_webhook(event: stripe.Event, payload: str, *, was_missed: bool) -> NewWebhook:
    """Say of an event what the inbox wants to know."""
    return NewWebhook(
        event_id=event.id,
        event_type=event.type,
        about=about(payload),
        payload=payload,
        was_missed=was_missed,
        created_at=datetime.fromtimestamp(event.created, UTC),
    )


def about(payload: str) -> tuple[str, str] | None:
    """Say which object of ours an event is about."""
    told = msgspec.json.decode(payload, type=_Event).data
    kind, found = told.object.object, None
    if kind in _ITSELF:
        found = told.object.id
    elif kind in _NAMES_PAYMENT:
        found = told.object.payment_intent
    elif kind in _NAMES_CUSTOMER:
        before = told.previous_attributes
        found = told.object.customer or (before.customer if before is not None else None)
    return (_KINDS[kind], found) if isinstance(found, str) else None


async def plan_again(run: JobRun, event_id: str | None) -> int:
    """Have a webhook applied again, or all that are not applied, in the caller's transaction."""
    again = await webhook_store.wait_again(event_id)
    for found in again:
        run.job(APPLY, ApplyWebhook(event_id=found))
    return len(again)


async def apply_webhook(run: JobRun, event_id: str) -> None:
    """Have our rows agree with the object a webhook is about. Raises TryLater, StripeProblem."""
    known = await webhook_store.read(event_id)
    if known is None or known.status in {APPLIED, IGNORED}:
        return

    async def also(became: str) -> None:
        await webhook_store.end(event_id, became, run.now)

    try:
        await _apply(run, known, also)
    except (StripeAway, StripeKeyRefused) as problem:
        await webhook_store.failed(event_id, str(problem))
        raise later(problem) from None
    except Exception as problem:
        await webhook_store.failed(event_id, f"{type(problem).__name__}: {problem}")
        raise


async def _apply(run: JobRun, webhook: KnownWebhook, also: Also) -> None:
    assert webhook.about_id is not None  # noqa: S101 - what is about nothing is not applied
    at = webhook.stripe_created_at
    if webhook.about_kind == "session":
        await applying.apply_session(run, webhook.about_id, Seen(event_at=at), also)
    elif webhook.about_kind == "payment":
        payment = await store.find(webhook.about_id)
        if payment is not None and _is_seen(payment.seen_event_at, at):
            await _end(run, also)
        else:
            await applying.apply_payment(run, webhook.about_id, Seen(event_at=at), also)
    else:
        customer = await customer_store.find(webhook.about_id)
        if customer is not None and _is_seen(customer.seen_event_at, at):
            await _end(run, also)
        else:
            await customers.apply_customer(run, webhook.about_id, at, also)


def _is_seen(seen_at: datetime | None, at: datetime) -> bool:
    # Within the same second, which is all an event says, another may have happened since.
    return seen_at is not None and at < seen_at


async def _end(run: JobRun, also: Also) -> None:
    async with run.once():
        await also(APPLIED)
