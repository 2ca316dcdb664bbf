"""The pages on which one pays, in a real browser: Checkout, the bank, and the way back."""

import os
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import Page, Request, async_playwright
from stripe import PaymentIntent, StripeClient
from stripe.checkout import Session

from backend.embedded.stripe import PAY_PATH, EmbeddedStripe
from tests.browser.conftest import chromium
from tests.stripe.answering import answering
from tests.stripe.words import new_key, pay

__all__ = ["chromium"]
# Stripe's own pages are Stripe's to test.
pytestmark = pytest.mark.parametrize("settings", ["stand-in"], indirect=True)
WITHIN_MS = 15_000


@pytest.fixture
async def shop() -> AsyncIterator[str]:
    """Where a payer comes back to."""
    async with answering(lambda _headers, _body: (200, b"<h1>The shop</h1>")) as url:
        yield url


@pytest.fixture
async def page(chromium: str, stand_in: EmbeddedStripe, shop: str) -> AsyncIterator[Page]:
    """A page of a browser that asks nobody but the stand-in and the shop."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # It refuses root otherwise.
    asked: list[str] = []
    wrong: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=sandbox)
        page = await browser.new_page(color_scheme="dark")
        page.set_default_timeout(WITHIN_MS)
        page.on("request", note)
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield page
        await browser.close()
    assert [url for url in asked if not url.startswith((stand_in.url, shop))] == []
    assert [said for said in wrong if "favicon" not in said] == []


async def begin(stripe: StripeClient, shop: str) -> Session:
    """Make a session for a hundred coins."""
    return await stripe.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": f"{shop}/thanks?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{shop}/wallet",
            "line_items": [
                {
                    "price_data": {
                        "currency": "eur",
                        "unit_amount": 700,
                        "product_data": {"name": "A hundred <b>coins</b>"},
                    },
                    "quantity": 1,
                }
            ],
        },
        new_key(),
    )


async def test_anna_pays_and_comes_back(stripe: StripeClient, page: Page, shop: str) -> None:
    session = await begin(stripe, shop)
    await page.goto(str(session.url))
    await page.get_by_text("7.00 EUR").first.wait_for()
    await page.get_by_text("1 of A hundred <b>coins</b>").wait_for()
    await page.get_by_label("Email").fill("anna@tandem.example")
    await page.get_by_role("button", name="Pay", exact=True).click()
    await page.wait_for_url(f"{shop}/thanks?session={session.id}")
    paid = await stripe.v1.checkout.sessions.retrieve_async(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.customer_details
    assert paid.customer_details.email == "anna@tandem.example"
    await page.goto(str(session.url))
    await page.get_by_text("This Checkout Session is complete.").wait_for()


async def test_a_card_is_declined_the_bank_asks_and_then_it_is_paid(
    stripe: StripeClient, page: Page, shop: str
) -> None:
    session = await begin(stripe, shop)
    await page.goto(str(session.url))
    await page.get_by_role("button", name="Pay with a card that is declined").click()
    await page.get_by_role("alert").get_by_text("Your card was declined.").wait_for()
    await page.get_by_role("button", name="Pay with a card that needs confirmation").click()
    await page.get_by_role("heading", name="Is this you?").wait_for()
    await page.get_by_role("button", name="That was not me").click()
    await page.get_by_role("alert").get_by_text("Your bank did not confirm").wait_for()
    await page.get_by_role("button", name="Pay with a card that needs confirmation").click()
    await page.get_by_role("button", name="Confirm").click()
    await page.wait_for_url(f"{shop}/thanks?session={session.id}")


async def test_who_cancels_has_paid_nothing(stripe: StripeClient, page: Page, shop: str) -> None:
    session = await begin(stripe, shop)
    await page.goto(str(session.url))
    await page.get_by_role("button", name="Cancel").click()
    await page.wait_for_url(f"{shop}/wallet")
    still = await stripe.v1.checkout.sessions.retrieve_async(session.id)
    assert (still.status, still.payment_intent) == ("open", None)


@pytest.mark.parametrize("told", ["succeeded", "failed"])
async def test_the_bank_sends_back_where_the_payment_was_begun(
    stripe: StripeClient, page: Page, shop: str, told: str
) -> None:
    begun: PaymentIntent = await pay(
        stripe, "pm_card_threeDSecure2Required", return_url=f"{shop}/back?wallet=anna"
    )
    assert begun.next_action
    assert begun.next_action.redirect_to_url
    await page.goto(str(begun.next_action.redirect_to_url.url))
    button = {"succeeded": "Confirm", "failed": "That was not me"}[told]
    await page.get_by_role("button", name=button).click()
    await page.wait_for_url(re.compile(re.escape(f"{shop}/back")))
    query = parse_qs(urlsplit(page.url).query)
    assert query == {
        "wallet": ["anna"],
        "payment_intent": [begun.id],
        "payment_intent_client_secret": [begun.client_secret],
        "redirect_status": [told],
    }
    now = await stripe.v1.payment_intents.retrieve_async(begun.id)
    assert (now.status == "succeeded") is (told == "succeeded")


async def test_a_sheet_opens_with_its_secret_only_and_leads_to_pages_only(
    stripe: StripeClient, stand_in: EmbeddedStripe, shop: str
) -> None:
    intent = await stripe.v1.payment_intents.create_async(
        {"amount": 700, "currency": "usd", "allowed_payment_method_types": ["card"]}, new_key()
    )
    secret = str(intent.client_secret)
    pressed = {"card": "pm_card_visa"}
    async with httpx.AsyncClient(base_url=stand_in.url) as browser:
        wrong = await browser.get(f"{PAY_PATH}/{secret[:-1]}_", params={"return_url": shop})
        astray = {"return_url": "javascript:alert(1)"}
        refused = await browser.post(f"{PAY_PATH}/{secret}", params=astray, data=pressed)
        assert (wrong.status_code, refused.status_code) == (400, 400)
        paid = await browser.post(f"{PAY_PATH}/{secret}", params={"return_url": shop}, data=pressed)
        assert (paid.status_code, paid.headers["location"]) == (303, shop)
        over = await browser.get(f"{PAY_PATH}/{secret}", params={"return_url": shop})
        assert "nothing to pay" in over.text
