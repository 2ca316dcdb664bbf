"""A till: people, their cards, Stripe's stand-in, and the jobs between them, step by step.

Webhooks are held until a test has them delivered, so it says itself in which order what is known.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from stripe import PaymentIntent, StripeClient

from backend.embedded.stripe import EmbeddedStripe, StripeControl, orders
from backend.integrations.stripe_api import CardDeclined, Stripe, open_stripe, stripe_facts
from backend.persistence.database import fetch
from tests.support.couple import later
from tests.support.desk import Desk
from tests.support.people import Person
from tests.support.stripe import endpoint_of
from tests.support.until import until

BACK = "https://tandem.example/back"


@dataclass
class Till:
    """What a test of payments needs."""

    desk: Desk
    stripe: StripeClient
    """What a phone does through PaymentSheet, with the keys it was given."""
    control: StripeControl

    async def ask(self, person: Person, method: str, path: str, **body: Any) -> httpx.Response:
        """Send a request as somebody, who signs in anew where jobs took their time."""
        answer = await self._ask(person, method, path, body)
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        await later(person)
        return await self._ask(person, method, path, body)

    async def _ask(
        self, person: Person, method: str, path: str, body: dict[str, Any]
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {person.token}"} if person.token else {}
        async with httpx.AsyncClient(base_url=person.node.http_url, headers=bearer) as client:
            return await client.request(method, path, json=body or None)

    async def begin(self, person: Person, amount_minor: int = 1_000, **more: Any) -> dict[str, Any]:
        """Begin to pay in."""
        wish = {"payment_id": str(uuid4()), "amount_minor": amount_minor, **more}
        begun = await self.ask(person, "POST", "/v1/payments", **wish)
        assert begun.status_code == 201, begun.text
        found: dict[str, Any] = begun.json()
        return found

    async def confirm(self, client_secret: str, card: str = "pm_card_visa") -> PaymentIntent:
        """Pay, as PaymentSheet does it. Raises CardDeclined."""
        intent_id = client_secret.partition("_secret_")[0]
        with stripe_facts():
            return await self.stripe.v1.payment_intents.confirm_async(
                intent_id,
                {"payment_method": card, "return_url": BACK},
                {"idempotency_key": uuid4().hex},
            )

    async def fund(
        self, person: Person, amount_minor: int = 1_000, card: str = "pm_card_visa", **more: Any
    ) -> UUID:
        """Have somebody pay in, and all that follows."""
        begun = await self.begin(person, amount_minor, **more)
        paid = await self.confirm(begun["client_secret"], card)
        await self.settled(paid.id)
        await self.settle()
        return UUID(begun["payment"]["payment_id"])

    async def save_card(self, person: Person, card: str = "pm_card_visa") -> None:
        """Have somebody save a card, and all that follows."""
        begun = await self.ask(person, "POST", "/v1/payments/card", setup_id=str(uuid4()))
        assert begun.status_code == 201, begun.text
        intent_id = begun.json()["client_secret"].partition("_secret_")[0]
        with stripe_facts():
            made = await self.stripe.v1.setup_intents.confirm_async(
                intent_id,
                {"payment_method": card, "return_url": BACK},
                {"idempotency_key": uuid4().hex},
            )
        if made.status == "requires_action":
            await self.control.authenticate(intent_id)
        await self.settle()

    @asynccontextmanager
    async def sheet(self, started: dict[str, Any]) -> AsyncIterator[StripeClient]:
        """Open PaymentSheet: what a phone asks Stripe with the key it was given for its owner."""
        settings = self.desk.node.house.services[Stripe].settings
        key = {"secret_key": started["ephemeral_key"]}
        async with open_stripe(msgspec.structs.replace(settings, **key)) as client:
            yield client

    async def settled(self, stripe_id: str) -> str:
        """Wait until a payment has changed the balance; gives its charge."""
        found: list[str] = []

        async def is_settled() -> bool:
            intent = await self.stripe.v1.payment_intents.retrieve_async(
                stripe_id, {"expand": ["latest_charge"]}
            )
            charge: Any = intent.latest_charge
            found[:] = [charge.id] if charge is not None else []
            return charge is not None and charge.balance_transaction is not None

        await until(is_settled)
        return found[0]

    async def charge_of(self, payment_id: UUID) -> str:
        """Name Stripe's charge of a payment."""
        rows = await fetch("SELECT stripe_id FROM payment_intent WHERE id = $1", payment_id)
        return await self.settled(rows[0]["stripe_id"])

    async def deliver(self, order: orders.Deliver | None = None) -> None:
        """Have what is held be delivered, and the jobs be done that follow."""
        await self.control.deliver(order)
        await self.desk.work()

    async def settle(self) -> None:
        """Deliver and work until nothing happens any more."""
        await self.deliver()
        while (await self.control.deliveries()).held:
            await self.deliver()

    async def payment(self, person: Person, payment_id: UUID | str) -> dict[str, Any]:
        """Read a payment as its payer."""
        found = await self.ask(person, "GET", f"/v1/payments/{payment_id}")
        assert found.status_code == 200, found.text
        shown: dict[str, Any] = found.json()
        return shown

    async def summary(self, person: Person) -> dict[str, Any]:
        """Read how somebody stands."""
        shown: dict[str, Any] = (await self.ask(person, "GET", "/v1/payments/summary")).json()
        return shown

    async def pay_out(self, person: Person, amount_minor: int, **more: Any) -> httpx.Response:
        """Have money go back."""
        wish = {"payout_id": str(uuid4()), "amount_minor": amount_minor, **more}
        return await self.ask(person, "POST", "/v1/payments/payouts", **wish)


@asynccontextmanager
async def open_till(desk: Desk, stand_in: EmbeddedStripe) -> AsyncIterator[Till]:
    """Have the stand-in tell the node, when it is told to, of what happens from now on."""
    control = stand_in.control
    await control.forget()
    await control.hold()
    await control.deliver_to(endpoint_of(desk.node))
    service: Stripe = desk.node.house.services[Stripe]
    try:
        yield Till(desk, service.client, control)
    finally:
        await control.clear_troubles()
        await control.forget()
        await control.flow()


__all__ = ["CardDeclined", "Till", "open_till"]
