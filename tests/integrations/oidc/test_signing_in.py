"""Signing in by a provider, the whole way: out with a challenge, back with a code, and known."""

import httpx
import pytest

from backend.integrations.oidc import Attempt, OidcClient, OidcIdentity
from tests.integrations.oidc.visit import MakeClient, arrive, visit
from tests.support.oidc_provider import (
    APPLE,
    DISCOVERY,
    ELLIPTIC_CLIENT,
    REDIRECT_URI,
    TOKEN,
    OidcProvider,
)


async def test_who_has_an_account_elsewhere_is_known_by_it(
    provider: OidcProvider, client: OidcClient
) -> None:
    back = await visit(client, "anna")
    assert back.callback.method == "GET"
    assert back.callback.parameters["state"] == back.attempt.state
    assert await arrive(client, back) == OidcIdentity(
        issuer=provider.url,
        subject="anna",
        email="anna@example.org",
        email_verified=True,
        name="Anna",
    )
    assert await provider.requests(TOKEN) == ["Basic"]


async def test_a_provider_may_sign_with_an_elliptic_key(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(client_id=ELLIPTIC_CLIENT))
    assert (await arrive(client, await visit(client, "ben"))).subject == "ben"


async def test_a_provider_like_apple_comes_back_by_post_and_takes_the_secret_we_signed(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.apple_settings())
    back = await visit(client, "anna")
    assert (back.callback.method, back.callback.url) == ("POST", REDIRECT_URI)
    assert back.callback.parameters["state"] == back.attempt.state
    assert (await arrive(client, back)).issuer == provider.url + APPLE
    assert await provider.requests(f"{APPLE}{TOKEN}") == [""], "the secret stands in the form"


@pytest.mark.parametrize(
    ("who", "email", "is_verified", "name"),
    [
        ("anna", "anna@example.org", True, "Anna"),
        ("ben", "ben@example.org", False, "Ben"),
        ("clara", "clara@example.org", True, None),  # Hers is verified in words: "true".
        ("dora", None, False, None),
    ],
)
async def test_of_an_email_it_is_known_whether_the_provider_has_verified_it(
    client: OidcClient, who: str, email: str | None, *, is_verified: bool, name: str | None
) -> None:
    identity = await arrive(client, await visit(client, who))
    assert (identity.email, identity.email_verified) == (email, is_verified)
    assert identity.name == name


async def test_the_way_out_shows_the_challenge_and_keeps_the_verifier(client: OidcClient) -> None:
    attempt = Attempt(state="the state", nonce="the nonce", code_verifier="a" * 43)
    url = await client.authorization_url(
        attempt, redirect_uri=REDIRECT_URI, prompt="select_account", login_hint="a+b@example.org"
    )
    asked = dict(httpx.URL(url).params)
    assert asked == {
        "response_type": "code",
        "client_id": "tandem-web",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid email profile",
        "state": "the state",
        "nonce": "the nonce",
        "code_challenge": "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA",
        "code_challenge_method": "S256",
        "prompt": "select_account",
        "login_hint": "a+b@example.org",
    }


async def test_what_an_endpoint_already_asks_is_kept(
    provider: OidcProvider, client: OidcClient
) -> None:
    changed = {"authorization_endpoint": f"{provider.url}/auth?tenant=a%26b"}
    await provider.answer(DISCOVERY, await provider.document() | changed)
    url = await client.authorization_url(Attempt.new(), redirect_uri=REDIRECT_URI)
    assert httpx.URL(url).params["tenant"] == "a&b"
    assert httpx.URL(url).params["response_type"] == "code"


async def test_an_issuer_may_end_in_a_slash(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(issuer=f"{provider.url}/"))
    changed = {"issuer": f"{provider.url}/"}
    await provider.answer(DISCOVERY, await provider.document() | changed)
    url = await client.authorization_url(Attempt.new(), redirect_uri=REDIRECT_URI)
    assert url.startswith(f"{provider.url}/auth?")


def test_no_two_attempts_are_alike() -> None:
    one, other = Attempt.new(), Attempt.new()
    drawn = {one.state, one.nonce, one.code_verifier}
    assert len(drawn | {other.state, other.nonce, other.code_verifier}) == 6
    assert 43 <= len(one.code_verifier) <= 128, "as RFC 7636 wants it"
