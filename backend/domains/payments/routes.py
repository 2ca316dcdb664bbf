"""Payments over HTTP: cards, money in, money back; and the door through which Stripe tells us."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from actors.principal import Principal
from backend.domains.identity import Identity, identity_of
from backend.domains.payments import (
    bodies,
    cards,
    customer_store,
    funding,
    parts_store,
    paying_out,
    receiving,
    store,
    webhook_store,
)
from backend.domains.payments.bodies import (
    CardSetup,
    CheckoutStarted,
    PaymentPage,
    PaymentsShown,
    PaymentStarted,
    PayoutPage,
    WebhookPage,
    WebhookShown,
    WebhookTaken,
)
from backend.domains.payments.messages import WebhookUnproved
from backend.domains.payments.values import Payment, Payout
from backend.integrations.stripe_api import Stripe, WebhookRefused
from backend.persistence.job_run import JobRun
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX
from protocol.common import Forbidden, NotFound
from protocol.messages import Role

Asker = NamedDependency[Principal]
Run = NamedDependency[JobRun]
Room = NamedDependency[Identity]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]

BODY_BYTES_MAX = 4 * 1024
WEBHOOK_BYTES_MAX = 256 * 1024

_SIGNED_IN: dict[str, Any] = {
    "tags": ["payments"],
    "security": [{"bearer": []}],
    "cache_control": CacheControlHeader(no_store=True),
    "request_max_body_size": BODY_BYTES_MAX,
    "dependencies": {"identity": Provide(identity_of, sync_to_thread=False)},
}


@get("/v1/payments/summary", operation_id="show_payments", **_SIGNED_IN)
async def show_payments(principal: Asker, run: Run) -> PaymentsShown:
    """See your saved card, what can go back to your cards, and what you owe."""
    user_id = principal.user_id
    customer = await customer_store.read(user_id)
    return PaymentsShown(
        card=customer.card if customer is not None else None,
        refundable_minor=await paying_out.refundable(user_id),
        owed_minor=await parts_store.owed(user_id) + await store.owed_forfeits(user_id),
        is_offered=run.use(Stripe).is_configured,
    )


@get("/v1/payments", operation_id="list_payments", **_SIGNED_IN)
async def list_payments(
    principal: Asker, after: FromQuery[UUID | None] = None, limit: Limit = PAGE_DEFAULT
) -> PaymentPage:
    """See your payments, the newest first."""
    found = await store.read_page(principal.user_id, after, limit + 1)
    items = [row.shown for row in found[:limit]]
    return PaymentPage(items=items, next=items[-1].payment_id if len(found) > limit else None)


@get("/v1/payments/{payment_id:uuid}", operation_id="show_payment", **_SIGNED_IN)
async def show_payment(payment_id: FromPath[UUID], principal: Asker) -> Payment:
    """See one of your payments."""
    row = await store.read(payment_id)
    if row is None or row.user_id != principal.user_id:
        raise NotFound(what="payment")
    return row.shown


@post("/v1/payments", operation_id="begin_payment", **_SIGNED_IN)
async def begin_payment(
    data: JSONBody[bodies.Fund], principal: Asker, run: Run, identity: Room
) -> PaymentStarted:
    """Bring money into your wallet by card; go on with it in PaymentSheet or Stripe.js.

    It is there when Stripe says that it was paid, which you hear as `payments.payment_changed`.
    """
    await identity.count(payment_account=str(principal.user_id))
    return await funding.fund(run, principal.user_id, data)


@post(
    "/v1/payments/checkout",
    operation_id="begin_checkout",
    **_SIGNED_IN,
)
async def begin_checkout(
    data: JSONBody[bodies.CheckOut], principal: Asker, run: Run, identity: Room
) -> CheckoutStarted:
    """Bring money into your wallet by card, on a page of Stripe's."""
    return_to = identity.leads_to(data.return_to)
    await identity.count(payment_account=str(principal.user_id))
    return await funding.check_out(run, principal.user_id, data, return_to)


@post(
    "/v1/payments/{payment_id:uuid}/continue",
    operation_id="continue_payment",
    status_code=HTTP_200_OK,
    **_SIGNED_IN,
)
async def continue_payment(
    payment_id: FromPath[UUID], principal: Asker, run: Run
) -> PaymentStarted:
    """Go on with a payment that waits for you: to confirm it, or to pay it by another card."""
    return await funding.go_on(run, principal.user_id, payment_id)


@post(
    "/v1/payments/{payment_id:uuid}/cancel",
    operation_id="cancel_payment",
    status_code=HTTP_202_ACCEPTED,
    **_SIGNED_IN,
)
async def cancel_payment(payment_id: FromPath[UUID], principal: Asker, run: Run) -> None:
    """Give up a payment you began; what you forfeited cannot be given up."""
    await funding.cancel(run, principal.user_id, payment_id)


@post("/v1/payments/card", operation_id="save_card", **_SIGNED_IN)
async def save_card(
    data: JSONBody[bodies.CardWanted], principal: Asker, run: Run, identity: Room
) -> CardSetup:
    """Save a card that is charged for what you miss; go on with it in PaymentSheet or Stripe.js."""
    await identity.count(card_setup_account=str(principal.user_id))
    return await funding.set_up_card(run, principal.user_id, data)


@delete(
    "/v1/payments/card",
    operation_id="remove_card",
    status_code=HTTP_204_NO_CONTENT,
    **_SIGNED_IN,
)
async def remove_card(principal: Asker, run: Run) -> None:
    """Have your card forgotten; one you saved before takes its place. What you owe stays owed."""
    await cards.remove(run, principal.user_id)


@post("/v1/payments/payouts", operation_id="pay_out", status_code=HTTP_202_ACCEPTED, **_SIGNED_IN)
async def pay_out(data: JSONBody[bodies.PayOut], principal: Asker, run: Run) -> Payout:
    """Have money go back to the cards it came from, the oldest payment first."""
    return await paying_out.pay_out(run, principal.user_id, data)


@get("/v1/payments/payouts", operation_id="list_payouts", **_SIGNED_IN)
async def list_payouts(
    principal: Asker, after: FromQuery[UUID | None] = None, limit: Limit = PAGE_DEFAULT
) -> PayoutPage:
    """See what you had paid back, the newest first."""
    found = await parts_store.payout_page(principal.user_id, after, limit + 1)
    items = found[:limit]
    return PayoutPage(items=items, next=items[-1].payout_id if len(found) > limit else None)


@post(
    "/v1/stripe/webhooks",
    operation_id="take_webhook",
    status_code=HTTP_200_OK,
    tags=["payments"],
    request_max_body_size=WEBHOOK_BYTES_MAX,
    include_in_schema=False,
)
async def take_webhook(request: Request[Any, Any, Any], run: Run) -> WebhookTaken:
    """Keep what Stripe tells us; it is applied by a job."""
    signature = request.headers.get("stripe-signature")
    try:
        is_new = await receiving.receive(run, await request.body(), signature)
    except WebhookRefused:
        raise WebhookUnproved from None
    return WebhookTaken(is_new=is_new)


@get("/v1/stripe/webhooks", operation_id="list_webhooks", **_SIGNED_IN)
async def list_webhooks(
    principal: Asker,
    after: FromQuery[str | None] = None,
    is_open: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    limit: Limit = PAGE_DEFAULT,
) -> WebhookPage:
    """See what Stripe told us, the latest first, or what of it is not applied; for admins."""
    if principal.role is not Role.ADMIN:
        raise Forbidden(role=Role.ADMIN)
    found = await webhook_store.page(after, limit + 1, is_open=is_open)
    items = [WebhookShown(**_fields(one)) for one in found[:limit]]
    return WebhookPage(items=items, next=items[-1].event_id if len(found) > limit else None)


def _fields(webhook: webhook_store.KnownWebhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in WebhookShown.__struct_fields__}


ROUTES: list[Any] = [
    show_payments,
    list_payments,
    show_payment,
    begin_payment,
    begin_checkout,
    continue_payment,
    cancel_payment,
    save_card,
    remove_card,
    pay_out,
    list_payouts,
    take_webhook,
    list_webhooks,
]
