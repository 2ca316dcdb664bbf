"""ID tokens: what is not signed by the provider, for us, now and for this attempt is refused."""

import base64
import hashlib
import time
import traceback
from datetime import timedelta
from typing import Any

import pytest

from backend.integrations.oidc import OidcClient, TokenFault, TokenRefused
from backend.integrations.oidc.claims import AGE_MAX_S, LEEWAY_S
from backend.integrations.oidc.id_token import TOKEN_CHARACTERS_MAX
from tests.integrations.oidc.visit import MakeClient, Visit, arrive, visit
from tests.support.oidc_provider import APP_CLIENT, TOKEN, WEB_CLIENT, OidcProvider

NONCE = "the nonce of this attempt"
A_WHILE_S = 20
"""Longer than a test takes."""


def _in(delay_s: int) -> timedelta:
    """Name a moment, seen from the test."""
    return timedelta(seconds=delay_s)


def _now(changes: dict[str, Any]) -> dict[str, Any]:
    """Date what names moments."""
    now = time.time()
    return {
        name: int(now + value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nonce": "of another attempt"}, TokenFault.WRONG_NONCE),
        ({"nonce": None}, TokenFault.WRONG_NONCE),
        ({"nonce": [NONCE]}, TokenFault.MALFORMED),
        ({"aud": "somebody-else"}, TokenFault.WRONG_AUDIENCE),
        ({"aud": []}, TokenFault.WRONG_AUDIENCE),
        ({"aud": [WEB_CLIENT, "somebody-else"], "azp": WEB_CLIENT}, TokenFault.WRONG_AUDIENCE),
        ({"aud": [WEB_CLIENT, APP_CLIENT]}, TokenFault.WRONG_PARTY),
        ({"azp": "somebody-else"}, TokenFault.WRONG_PARTY),
        ({"iss": "https://accounts.example.org"}, TokenFault.WRONG_ISSUER),
        ({"exp": _in(-LEEWAY_S - A_WHILE_S)}, TokenFault.EXPIRED),
        ({"iat": _in(-AGE_MAX_S - LEEWAY_S - A_WHILE_S)}, TokenFault.TOO_OLD),
        ({"iat": _in(LEEWAY_S + A_WHILE_S)}, TokenFault.NOT_YET_VALID),
        ({"nbf": _in(LEEWAY_S + A_WHILE_S)}, TokenFault.NOT_YET_VALID),
        ({"iss": None}, TokenFault.MALFORMED),
        ({"sub": None}, TokenFault.MALFORMED),
        ({"aud": None}, TokenFault.MALFORMED),
        ({"exp": None}, TokenFault.MALFORMED),
        ({"iat": None}, TokenFault.MALFORMED),
        ({"sub": ""}, TokenFault.MALFORMED),
        ({"sub": "anna\n"}, TokenFault.MALFORMED),
        ({"sub": "a" * 256}, TokenFault.MALFORMED),
        ({"sub": 7}, TokenFault.MALFORMED),
        ({"exp": "tomorrow"}, TokenFault.MALFORMED),
        ({"exp": True}, TokenFault.MALFORMED),
        ({"email": 7}, TokenFault.MALFORMED),
        ({"email": f"{'a' * 320}@example.org"}, TokenFault.MALFORMED),
        ({"name": "a" * TOKEN_CHARACTERS_MAX}, TokenFault.MALFORMED),
        ({"email_verified": "yes"}, TokenFault.MALFORMED),
        ({"name": {"first": "Anna"}}, TokenFault.MALFORMED),
    ],
)
async def test_what_is_not_said_to_us_here_and_now_is_refused(
    provider: OidcProvider, client: OidcClient, changes: dict[str, Any], why: TokenFault
) -> None:
    token = await provider.sign(provider.claims(NONCE, **_now(changes)))
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce=NONCE)
    assert refused.value.why is why


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": [WEB_CLIENT]},
        {"aud": [WEB_CLIENT, APP_CLIENT], "azp": APP_CLIENT},
        {"exp": _in(-LEEWAY_S + A_WHILE_S)},
        {"iat": _in(-AGE_MAX_S)},
        {"iat": _in(LEEWAY_S - A_WHILE_S)},
        {"nbf": _in(LEEWAY_S - A_WHILE_S), "email_verified": "false", "hd": "unknown to us"},
    ],
)
async def test_what_is_well_said_is_taken(
    provider: OidcProvider, client: OidcClient, changes: dict[str, Any]
) -> None:
    token = await provider.sign(provider.claims(NONCE, **_now(changes)))
    assert (await client.verify(token, nonce=NONCE)).subject == "anna"


async def test_no_email_is_not_a_verified_one(provider: OidcProvider, client: OidcClient) -> None:
    token = await provider.sign(provider.claims(NONCE, email="", email_verified=True))
    identity = await client.verify(token, nonce=NONCE)
    assert (identity.email, identity.email_verified) == (None, False)


@pytest.mark.parametrize(
    ("by", "header", "why"),
    [
        ("stranger", {}, TokenFault.BAD_SIGNATURE),
        ("stranger", {"kid": "a key that is not published"}, TokenFault.UNKNOWN_KEY),
        ("nobody", {}, TokenFault.WRONG_ALGORITHM),
        ("nobody", {"alg": "RS256"}, TokenFault.BAD_SIGNATURE),
        ("public key as secret", {}, TokenFault.WRONG_ALGORITHM),
        ("provider", {"alg": "RS384"}, TokenFault.WRONG_ALGORITHM),
        ("provider", {"alg": "ES256"}, TokenFault.WRONG_ALGORITHM),
        ("provider", {"alg": None}, TokenFault.MALFORMED),
        ("provider", {"alg": ["RS256"]}, TokenFault.MALFORMED),
        ("provider", {"kid": 7}, TokenFault.MALFORMED),
        ("provider", {"crit": ["exp"], "exp": 7}, TokenFault.MALFORMED),
        ("provider", {"crit": 7}, TokenFault.MALFORMED),
        ("provider", {"kid": "x" * 1_000}, TokenFault.MALFORMED),
    ],
)
async def test_what_the_provider_did_not_sign_is_refused(
    provider: OidcProvider, client: OidcClient, by: str, header: dict[str, Any], why: TokenFault
) -> None:
    token = await provider.sign(provider.claims(NONCE), by=by, **header)
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce=NONCE)
    assert refused.value.why is why


async def test_headers_that_nobody_knows_are_ignored(
    provider: OidcProvider, client: OidcClient
) -> None:
    token = await provider.sign(provider.claims(NONCE), tenant="of another standard")
    assert (await client.verify(token, nonce=NONCE)).subject == "anna"


@pytest.mark.parametrize(
    "text",
    ["", "a", "..", "a.b.c", "....", "é.é.é", "e30.e30.e30", "W10.e30.AA", "x" * 20_000],
)
async def test_what_is_no_token_at_all_is_refused(client: OidcClient, text: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        await client.verify(text, nonce=NONCE)
    assert refused.value.why is TokenFault.MALFORMED


async def test_what_is_signed_but_no_object_is_refused(
    provider: OidcProvider, client: OidcClient
) -> None:
    token = await provider.sign(["no", "claims"])  # type: ignore[arg-type]
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce=NONCE)
    assert refused.value.why is TokenFault.MALFORMED


@pytest.mark.parametrize(
    ("changes", "by", "why"),
    [
        ({"email_verified": "telling"}, "provider", "malformed"),
        ({"aud": "telling"}, "provider", "wrong_audience"),
        ({}, "stranger", "unknown_key"),
    ],
)
async def test_a_refusal_says_why_and_nothing_of_the_token(
    provider: OidcProvider, client: OidcClient, changes: dict[str, Any], by: str, why: str
) -> None:
    header = {"kid": "telling"} if by == "stranger" else {}
    token = await provider.sign(provider.claims(NONCE, **changes), by=by, **header)
    with pytest.raises(TokenRefused, match=rf"The ID token is refused: {why}\. Begin") as refused:
        await client.verify(token, nonce=NONCE)
    trace = "".join(traceback.format_exception(refused.value))
    for told in (*token.split("."), NONCE, "telling"):
        assert told not in trace


def _half_hash(text: str) -> str:
    half = hashlib.sha256(text.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


async def _answer_with(provider: OidcProvider, back: Visit, **changes: Any) -> None:
    """Have the provider exchange any code for an ID token that says something else."""
    token = await provider.sign(provider.claims(back.attempt.nonce, **changes))
    said = {"access_token": "this one", "token_type": "Bearer", "id_token": token}
    await provider.answer(TOKEN, said)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"at_hash": _half_hash("another one")}, TokenFault.WRONG_ACCESS_TOKEN),
        ({"at_hash": ""}, TokenFault.WRONG_ACCESS_TOKEN),
        ({"at_hash": "é"}, TokenFault.WRONG_ACCESS_TOKEN),
        ({"c_hash": _half_hash("another code")}, TokenFault.WRONG_CODE),
        ({"aud": APP_CLIENT}, TokenFault.WRONG_AUDIENCE),
        ({"azp": APP_CLIENT}, TokenFault.WRONG_PARTY),
        ({"nonce": "of another attempt"}, TokenFault.WRONG_NONCE),
        ({"iss": "https://accounts.example.org"}, TokenFault.WRONG_ISSUER),
    ],
)
async def test_a_token_that_does_not_belong_to_the_code_is_refused(
    provider: OidcProvider, client: OidcClient, changes: dict[str, Any], why: TokenFault
) -> None:
    back = await visit(client)
    await _answer_with(provider, back, **changes)
    with pytest.raises(TokenRefused) as refused:
        await arrive(client, back)
    assert refused.value.why is why


async def test_a_browser_is_not_told_apart_by_the_hash_of_its_nonce(
    provider: OidcProvider, client: OidcClient
) -> None:
    back = await visit(client)
    hashed = hashlib.sha256(back.attempt.nonce.encode()).hexdigest()
    await _answer_with(provider, back, nonce=hashed)
    with pytest.raises(TokenRefused) as refused:
        await arrive(client, back)
    assert refused.value.why is TokenFault.WRONG_NONCE


async def test_a_token_may_name_the_access_token_and_the_code_it_came_with(
    provider: OidcProvider, client: OidcClient
) -> None:
    back = await visit(client)
    hashes = {"at_hash": _half_hash("this one"), "c_hash": _half_hash(back.exchange.code)}
    await _answer_with(provider, back, **hashes)
    assert (await arrive(client, back)).subject == "anna"


async def test_an_algorithm_that_a_deployment_does_not_allow_is_refused(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(algorithms=("ES256",)))
    with pytest.raises(TokenRefused) as refused:
        await arrive(client, await visit(client))
    assert refused.value.why is TokenFault.WRONG_ALGORITHM
