"""Tandem's client: what goes wrong has a name, an end, and nothing secret in it."""

import asyncio
import json

import pytest
import stripe as library
from stripe import Customer, StripeClient

from backend.embedded.stripe import StripeControl, Trouble, stand_in
from backend.integrations.stripe_api import (
    API_VERSION,
    StripeAway,
    StripeKeyMissing,
    StripeKeyRefused,
    StripeProblem,
    StripeSettings,
    client,
    open_stripe,
    stripe_facts,
)
from tests.stripe.answering import answering
from tests.stripe.words import new_key, pay

GIVEN_UP_WITHIN_S = 10.0
SECRET = "sk_test_a_secret_that_nobody_may_read"  # noqa: S105 - it opens nothing


def test_the_client_the_library_and_the_stand_in_speak_one_version() -> None:
    assert library.api_version == API_VERSION
    assert stand_in.API_VERSION == API_VERSION


def test_settings_do_not_tell_their_secrets() -> None:
    settings = StripeSettings(secret_key=SECRET, webhook_secrets=("whsec_one", "whsec_two"))
    assert SECRET not in repr(settings)
    assert "whsec" not in f"{settings} {settings!r}"
    assert "2 webhook secrets" in repr(settings)


async def test_without_a_key_there_is_no_client() -> None:
    with pytest.raises(StripeKeyMissing, match="TANDEM_STRIPE_SECRET_KEY"):
        async with open_stripe(StripeSettings()):
            pass


async def test_a_key_that_is_refused_is_not_said(settings: StripeSettings) -> None:
    wrong = StripeSettings(secret_key="pk_nonsense_secret", api_base=settings.api_base)  # noqa: S106
    async with open_stripe(wrong) as nobody:
        with pytest.raises(StripeKeyRefused) as refused, stripe_facts():
            await nobody.v1.customers.list_async()
    assert "nonsense" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_who_wants_fewer_requests_says_when_to_come_back(
    stripe: StripeClient, control: StripeControl
) -> None:
    await control.trouble(Trouble(does="refuse", status=429, retry_after_s=7, path="/v1/customers"))
    with pytest.raises(StripeAway, match="it answered 429") as away, stripe_facts():
        await stripe.v1.customers.list_async()
    assert away.value.retry_after_s == 7


async def test_a_fault_of_stripes_is_tried_again_with_the_same_key(
    stripe: StripeClient, control: StripeControl, anna: Customer
) -> None:
    await control.trouble(Trouble(does="refuse", status=500, path="/v1/payment_intents"))
    assert (await pay(stripe, customer=anna.id)).status == "succeeded"
    page = await stripe.v1.charges.list_async({"customer": anna.id})
    assert len(page.data) == 1


async def test_who_stays_away_is_away(stripe: StripeClient, control: StripeControl) -> None:
    for _ in range(client.RETRIES_MAX + 1):
        await control.trouble(Trouble(does="lose_request", path="/v1/customers"))
    with pytest.raises(StripeAway, match="no answer") as away, stripe_facts():
        await stripe.v1.customers.create_async({}, new_key())
    assert (away.value.retry_after_s, away.value.request_id) == (None, None)


async def test_nobody_there_is_away_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "RETRIES_MAX", 0)
    async with answering(lambda _headers, _body: None) as url:
        pass
    async with open_stripe(StripeSettings(secret_key=SECRET, api_base=url)) as nobody:
        with pytest.raises(StripeAway) as away, stripe_facts():
            await nobody.v1.customers.list_async()
    assert SECRET not in repr(away.value)


async def test_an_answer_that_never_ends_is_not_read_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "RETRIES_MAX", 0)
    monkeypatch.setattr(client, "ANSWER_BYTES_MAX", 200_000)
    async with (
        answering(lambda _headers, _body: (200, b"{"), drips=b" " * 65_536) as url,
        open_stripe(StripeSettings(secret_key=SECRET, api_base=url)) as endless,
        asyncio.timeout(GIVEN_UP_WITHIN_S),
    ):
        with pytest.raises(StripeAway), stripe_facts():
            await endless.v1.customers.list_async()


async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "RETRIES_MAX", 0)
    monkeypatch.setattr(client, "WITHIN_S", 0.5)
    async with (
        answering(lambda _headers, _body: (200, b"{"), drips=b" ") as url,
        open_stripe(StripeSettings(secret_key=SECRET, api_base=url)) as slow,
        asyncio.timeout(GIVEN_UP_WITHIN_S),
    ):
        with pytest.raises(StripeAway), stripe_facts():
            await slow.v1.customers.list_async()


async def test_who_is_silent_is_not_waited_for(
    control: StripeControl, settings: StripeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "RETRIES_MAX", 0)
    monkeypatch.setattr(client, "WITHIN_S", 0.2)
    await control.trouble(Trouble(does="delay", delay_s=1.0, path="/v1/customers"))
    async with open_stripe(settings) as impatient:
        with pytest.raises(StripeAway), stripe_facts():
            await impatient.v1.customers.list_async()


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[]", b'{"error": "what?"}', b""])
async def test_an_answer_that_is_none_of_stripes_is_a_problem_with_a_name(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(client, "RETRIES_MAX", 0)
    async with (
        answering(lambda _headers, _body: (502, body)) as url,
        open_stripe(StripeSettings(secret_key=SECRET, api_base=url)) as odd,
    ):
        with pytest.raises(StripeProblem), stripe_facts():
            await odd.v1.customers.list_async()


async def test_each_request_names_its_version_and_key() -> None:
    asked: list[dict[str, str]] = []

    def answer(headers: dict[str, str], _body: bytes) -> tuple[int, bytes]:
        asked.append(headers)
        return 200, json.dumps({"id": "cus_1", "object": "customer"}).encode()

    async with (
        answering(answer) as url,
        open_stripe(StripeSettings(secret_key=SECRET, api_base=url)) as plain,
    ):
        await plain.v1.customers.create_async({}, {"idempotency_key": "ours"})
        await plain.v1.customers.create_async({})
    assert [headers["stripe-version"] for headers in asked] == [API_VERSION] * 2
    assert asked[0]["idempotency-key"] == "ours"
    assert asked[1]["idempotency-key"] not in {"", "ours"}
    assert asked[0]["authorization"] == f"Bearer {SECRET}"
