"""Troubles: a provider that is away, silent, endless or not what it says is told apart in time."""

import asyncio
from typing import Any

import pytest

from backend.integrations.oidc import (
    Attempt,
    OidcClient,
    ProviderAway,
    ProviderMisconfigured,
)
from backend.integrations.oidc import provider_http as module
from backend.integrations.oidc.kept import PAUSE_S
from tests.integrations.oidc.visit import MakeClient, arrive, visit
from tests.support.clock import FakeClock
from tests.support.oidc_provider import DISCOVERY, JWKS, REDIRECT_URI, TOKEN, OidcProvider
from tests.support.until import until

ASKED = [DISCOVERY, JWKS, TOKEN]


async def _go(client: OidcClient) -> str:
    return await client.authorization_url(Attempt.new(), redirect_uri=REDIRECT_URI)


async def _come(client: OidcClient, provider: OidcProvider, path: str) -> None:
    """Have somebody come for whom a path is asked."""
    if path == TOKEN:
        await arrive(client, await visit(client))
    else:
        await client.verify(await provider.sign(provider.claims("any")), nonce="any")


async def test_a_provider_that_nobody_finds_is_away(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(issuer="http://127.0.0.1:1"))
    with pytest.raises(ProviderAway, match="The OpenID provider any is away: ConnectError"):
        await _go(client)


@pytest.mark.parametrize("path", ASKED)
async def test_a_silent_provider_is_left_after_a_while(
    provider: OidcProvider, client: OidcClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider.hang(path)
    monkeypatch.setattr(module, "WITHIN_S", 0.3)
    with pytest.raises(ProviderAway, match="no answer in time"):
        await _come(client, provider, path)


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_provider_that_cannot_now_is_away(
    provider: OidcProvider, client: OidcClient, path: str, status: int
) -> None:
    await provider.answer(path, {"error": "invalid_grant"}, status=status)
    with pytest.raises(ProviderAway, match=f"it answers {status}"):
        await _come(client, provider, path)


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("status", [204, 301, 307, 404])
async def test_a_provider_that_is_elsewhere_is_not_followed(
    provider: OidcProvider, client: OidcClient, path: str, status: int
) -> None:
    await provider.answer(
        path, "", status=status, headers={"location": f"{provider.url}/elsewhere"}
    )
    with pytest.raises(ProviderMisconfigured, match=f"answers {status}"):
        await _come(client, provider, path)
    assert await provider.requests("/elsewhere") == []


@pytest.mark.parametrize("path", ASKED)
async def test_an_answer_without_end_is_not_read_to_its_end(
    provider: OidcProvider, client: OidcClient, path: str
) -> None:
    await provider.answer_without_end(path)
    async with asyncio.timeout(20):
        with pytest.raises(ProviderMisconfigured, match="more than 262144 bytes"):
            await _come(client, provider, path)


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize(
    "body", ["", "not json", "[]", "7", '{"issuer":5,"keys":5,"id_token":5}', '{"a":' * 40_000]
)
async def test_an_answer_of_the_wrong_shape_is_not_taken(
    provider: OidcProvider, client: OidcClient, path: str, body: str
) -> None:
    await provider.answer(path, body)
    with pytest.raises(ProviderMisconfigured, match="cannot be read"):
        await _come(client, provider, path)


async def test_an_answer_that_is_packed_unasked_is_not_unpacked(
    provider: OidcProvider, client: OidcClient
) -> None:
    await provider.answer(DISCOVERY, "as small as this", headers={"content-encoding": "gzip"})
    with pytest.raises(ProviderMisconfigured, match="cannot be read"):
        await _go(client)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "https://accounts.example.org"}, "is of another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no https URL"),
        ({"authorization_endpoint": "http://accounts.example.org/auth"}, "no https URL"),
        ({"token_endpoint": "https://user:secret@accounts.example.org/"}, "no https URL"),
        ({"token_endpoint": "https://[::1"}, "no https URL"),
        ({"jwks_uri": "/jwks"}, "no https URL"),
        ({"jwks_uri": "file:///etc/passwd"}, "no https URL"),
        ({"jwks_uri": "https://example.org/a b"}, "no https URL"),
        ({"jwks_uri": "https://example.org/\n"}, "no https URL"),
        ({"jwks_uri": "https://exämple.org/"}, "no https URL"),
        ({"jwks_uri": None}, "cannot be read"),
    ],
)
async def test_a_provider_that_says_what_cannot_be_is_not_gone_to(
    provider: OidcProvider, client: OidcClient, changes: dict[str, Any], why: str
) -> None:
    await provider.answer(DISCOVERY, await provider.document() | changes)
    with pytest.raises(ProviderMisconfigured, match=why):
        await _go(client)


@pytest.mark.parametrize("error", ["invalid_request", "unauthorized_client"])
async def test_a_token_endpoint_that_wants_something_else_is_quoted(
    provider: OidcProvider, client: OidcClient, error: str
) -> None:
    await provider.answer(TOKEN, {"error": error, "error_description": "a secret"}, status=400)
    with pytest.raises(ProviderMisconfigured, match=f"answers 400 {error}") as problem:
        await _come(client, provider, TOKEN)
    assert "a secret" not in str(problem.value)


@pytest.mark.parametrize("body", ['{"error":"a secret"}', "a secret", '{"error":5}'])
async def test_words_that_nobody_knows_are_not_repeated(
    provider: OidcProvider, client: OidcClient, body: str
) -> None:
    await provider.answer(TOKEN, body, status=400)
    with pytest.raises(ProviderMisconfigured, match="answers 400") as problem:
        await _come(client, provider, TOKEN)
    assert "a secret" not in str(problem.value)


async def test_a_provider_in_trouble_is_asked_again_after_a_pause(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    await provider.answer(DISCOVERY, status=500)
    for _ in range(5):
        with pytest.raises(ProviderAway):
            await _go(client)
    assert len(await provider.requests(DISCOVERY)) == 1
    await provider.reset()
    await clock.advance(seconds=PAUSE_S)
    assert (await _go(client)).startswith(f"{provider.url}/auth?")


async def test_a_client_that_is_closed_waits_for_nobody(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings())
    await provider.hang(JWKS)
    waiting = asyncio.create_task(_come(client, provider, JWKS))

    async def is_asked() -> bool:
        return len(await provider.requests(JWKS)) == 1

    await until(is_asked)
    await client.close()
    done, _ = await asyncio.wait([waiting], timeout=20)
    assert done
    assert waiting.cancelled()
