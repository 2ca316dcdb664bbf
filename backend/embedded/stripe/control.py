"""Control: what only a stand-in lets one do, under a path that Stripe does not have."""

import random
from typing import Any

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import JSONBody

from backend.embedded.stripe import checking_out, checkout, orders
from backend.embedded.stripe import dispute as disputes
from backend.embedded.stripe import refund as refunds
from backend.embedded.stripe.charge import Charge
from backend.embedded.stripe.checkout_session import Session
from backend.embedded.stripe.deliveries import Delivered, Endpoint, Held
from backend.embedded.stripe.dispute import Dispute
from backend.embedded.stripe.events import Event
from backend.embedded.stripe.refund import Refund
from backend.embedded.stripe.resource import shown
from backend.embedded.stripe.stand_in import StandIn

PATH = "/_control"


def _only_json(request: Request[Any, Any, Any]) -> None:
    """Refuse what a page of somebody else's could send. Raises ClientException."""
    is_json = request.headers.get("content-type", "").startswith("application/json")
    if request.method == "POST" and not is_json:
        raise ClientException("Control is told as application/json.", status_code=415)


@post("/endpoint")
async def set_endpoint(data: JSONBody[Endpoint], stand_in: NamedDependency[StandIn]) -> None:
    """Say where webhooks go from now on."""
    stand_in.deliveries.endpoint = data


@post("/hold")
async def hold(stand_in: NamedDependency[StandIn]) -> None:
    """Hold back what happens from now on."""
    stand_in.deliveries.hold()


@post("/flow")
async def flow(stand_in: NamedDependency[StandIn]) -> None:
    """Hold nothing back any more."""
    stand_in.deliveries.flow()


@post("/deliver")
async def deliver(data: JSONBody[orders.Deliver], stand_in: NamedDependency[StandIn]) -> Delivered:
    """Deliver what is held, each answered before the next."""
    events = stand_in.deliveries.held(data.wanted)
    if data.order == "reversed":
        events.reverse()
    if data.order == "shuffled":
        random.Random(data.seed).shuffle(events)  # noqa: S311 - a test's order, no secret
    await stand_in.deliveries.deliver_held(events, times=data.times, age_s=data.age_s)
    return _delivered(stand_in)


@post("/deliver-again")
async def deliver_again(
    data: JSONBody[orders.DeliverAgain], stand_in: NamedDependency[StandIn]
) -> Delivered:
    """Deliver one more time."""
    await stand_in.deliveries.deliver_again(stand_in.account.of(Event).get(data.event))
    return _delivered(stand_in)


@post("/lose")
async def lose(data: JSONBody[orders.Lose], stand_in: NamedDependency[StandIn]) -> Delivered:
    """Never deliver what is held."""
    stand_in.deliveries.lose(stand_in.deliveries.held(data.wanted))
    return _delivered(stand_in)


@post("/hinder")
async def hinder(data: JSONBody[orders.Hinder], stand_in: NamedDependency[StandIn]) -> None:
    """Have deliveries fail, or take long."""
    stand_in.deliveries.failing, stand_in.deliveries.delay_s = data.failing, data.delay_s


@get("/deliveries")
async def read_deliveries(stand_in: NamedDependency[StandIn]) -> Delivered:
    """See what became of every event."""
    return _delivered(stand_in)


@post("/check-out")
async def check_out(
    data: JSONBody[orders.CheckOut], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Have somebody go through a session, or its time be over; gives the session."""
    account = stand_in.account
    session = account.of(Session).get(data.session)

    async def act() -> None:
        if data.action == "expire":
            checkout.expire(account, session)
        else:
            await checking_out.check_out(account, session, data.card, data.email)

    await stand_in.api.by_itself(act)
    return shown(session)


@post("/authenticate")
async def authenticate(
    data: JSONBody[orders.Authenticate], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Have somebody confirm at their bank, or refuse; gives the intent."""
    account = stand_in.account
    intent = checking_out.find_intent(account, data.intent)

    async def act() -> None:
        await checking_out.authenticate(account, intent, succeeds=data.succeeds)

    await stand_in.api.by_itself(act)
    return shown(intent)


@post("/disputes")
async def open_dispute(
    data: JSONBody[orders.Dispute], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Have a payment disputed; gives the dispute."""
    account = stand_in.account
    charge = account.of(Charge).get(data.charge)

    async def act() -> Dispute:
        return disputes.open_dispute(account, charge, data.reason, is_inquiry=data.is_inquiry)

    return shown(await stand_in.api.by_itself(act))


@post("/disputes/close")
async def close_dispute(
    data: JSONBody[orders.CloseDispute], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Have the bank decide; gives the dispute."""
    account = stand_in.account
    dispute = account.of(Dispute).get(data.dispute)

    async def act() -> None:
        disputes.close(account, dispute, data.outcome)

    await stand_in.api.by_itself(act)
    return shown(dispute)


@post("/refunds")
async def refund(
    data: JSONBody[orders.Refund], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Give money back from the dashboard; gives the refund."""
    params = refunds.CreateParams(charge=data.charge, amount=data.amount)

    async def act() -> Refund:
        return refunds.give_back(stand_in.account, params)

    return shown(await stand_in.api.by_itself(act))


@post("/refunds/wait")
async def let_refunds_wait(stand_in: NamedDependency[StandIn]) -> None:
    """Have refunds that begin as pending stay so, until each is ended."""
    stand_in.account.refunds_wait = True


@post("/refunds/end")
async def end_refund(
    data: JSONBody[orders.EndRefund], stand_in: NamedDependency[StandIn]
) -> dict[str, Any]:
    """Have a refund taken, or sent back; gives the refund."""
    account = stand_in.account
    found = account.of(Refund).get(data.refund)

    async def act() -> None:
        refunds.end(account, found, data.status)

    await stand_in.api.by_itself(act)
    return shown(found)


@post("/troubles")
async def add_trouble(data: JSONBody[orders.Trouble], stand_in: NamedDependency[StandIn]) -> None:
    """Have something happen to the next request that suits."""
    stand_in.troubles.add(data)


@delete("/troubles")
async def clear_troubles(stand_in: NamedDependency[StandIn]) -> None:
    """Have nothing more happen to requests."""
    stand_in.troubles.clear()
    stand_in.account.refunds_wait = False


@delete("/data")
async def forget(stand_in: NamedDependency[StandIn]) -> None:
    """Begin anew."""
    await stand_in.api.by_itself(stand_in.forget)


def _delivered(stand_in: StandIn) -> Delivered:
    deliveries = stand_in.deliveries
    return Delivered(
        held=[Held(id=event.id, type=event.type) for event in deliveries.held()],
        deliveries=list(deliveries.remembered),
    )


ROUTER = Router(
    PATH,
    before_request=_only_json,
    route_handlers=[
        add_trouble,
        authenticate,
        check_out,
        clear_troubles,
        close_dispute,
        deliver,
        deliver_again,
        end_refund,
        flow,
        forget,
        hinder,
        hold,
        let_refunds_wait,
        lose,
        open_dispute,
        read_deliveries,
        refund,
        set_endpoint,
    ],
)
