"""Keys: read rarely, by one for all, anew when a token names a new one, and forgotten in time."""

import asyncio
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from backend.integrations.oidc import (
    OidcClient,
    ProviderAway,
    ProviderMisconfigured,
    TokenFault,
    TokenRefused,
)
from backend.integrations.oidc.client import KEYS_LIFE_S, METADATA_LIFE_S
from backend.integrations.oidc.kept import PAUSE_S
from backend.integrations.oidc.key_set import KEYS_MAX
from tests.support.clock import FakeClock
from tests.support.oidc_browser import new_browser
from tests.support.oidc_provider import DISCOVERY, JWKS, OidcProvider

NONCE = "the nonce of this attempt"


async def _token(provider: OidcProvider, *, by: str = "provider", **header: Any) -> str:
    return await provider.sign(provider.claims(NONCE), by=by, **header)


async def _published(provider: OidcProvider) -> list[dict[str, Any]]:
    async with new_browser() as http:
        answer = await http.get(provider.url + JWKS)
    keys: list[dict[str, Any]] = answer.raise_for_status().json()["keys"]
    await provider.reset()
    return keys


async def test_keys_are_read_once_for_many(provider: OidcProvider, client: OidcClient) -> None:
    token = await _token(provider)
    found = await asyncio.gather(*(client.verify(token, nonce=NONCE) for _ in range(20)))
    assert {identity.subject for identity in found} == {"anna"}
    await client.verify(token, nonce=NONCE)
    assert len(await provider.requests(DISCOVERY)) == 1
    assert len(await provider.requests(JWKS)) == 1


async def test_who_goes_away_does_not_take_the_keys_from_the_others(
    provider: OidcProvider, client: OidcClient
) -> None:
    token = await _token(provider)
    first, second = (asyncio.create_task(client.verify(token, nonce=NONCE)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).subject == "anna"
    assert first.cancelled()
    assert len(await provider.requests(JWKS)) == 1


async def test_a_new_key_is_found_when_a_token_names_it(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    await client.verify(await _token(provider), nonce=NONCE)
    await provider.rotate()
    await clock.advance(seconds=PAUSE_S)
    assert (await client.verify(await _token(provider), nonce=NONCE)).subject == "anna"
    assert len(await provider.requests(JWKS)) == 2


async def test_a_key_that_is_gone_is_refused_when_the_life_of_the_kept_ones_is_over(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    token = await _token(provider)
    await client.verify(token, nonce=NONCE)
    await provider.rotate()
    await clock.advance(seconds=KEYS_LIFE_S - 1)
    await client.verify(token, nonce=NONCE)
    await clock.advance(seconds=1)
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce=NONCE)
    assert refused.value.why is TokenFault.UNKNOWN_KEY


async def test_a_key_that_is_gone_is_refused_as_soon_as_a_token_names_a_new_one(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    old = await _token(provider)
    await client.verify(old, nonce=NONCE)
    await provider.rotate()
    await clock.advance(seconds=PAUSE_S)
    await client.verify(await _token(provider), nonce=NONCE)
    with pytest.raises(TokenRefused) as refused:
        await client.verify(old, nonce=NONCE)
    assert refused.value.why is TokenFault.UNKNOWN_KEY


async def test_strangers_with_unknown_keys_do_not_have_us_hammer_the_provider(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    known = await _token(provider)
    await client.verify(known, nonce=NONCE)
    tokens = [await _token(provider, kid=f"unknown {number}") for number in range(30)]

    async def come() -> None:
        for token in tokens:
            with pytest.raises(TokenRefused) as refused:
                await client.verify(token, nonce=NONCE)
            assert refused.value.why is TokenFault.UNKNOWN_KEY

    await asyncio.gather(come(), come())
    assert len(await provider.requests(JWKS)) == 1, "the keys had just been read"
    await clock.advance(seconds=PAUSE_S)
    await asyncio.gather(come(), come())
    assert len(await provider.requests(JWKS)) == 2
    await client.verify(known, nonce=NONCE)


async def test_tokens_that_could_never_be_taken_do_not_have_us_ask_for_keys(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    await client.verify(await _token(provider), nonce=NONCE)
    await clock.advance(seconds=PAUSE_S)
    for by in ("nobody", "public key as secret"):
        with pytest.raises(TokenRefused):
            await client.verify(await _token(provider, by=by, kid="unknown"), nonce=NONCE)
    assert len(await provider.requests(JWKS)) == 1


async def test_kept_keys_are_good_while_the_provider_cannot_be_asked(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    token = await _token(provider)
    await client.verify(token, nonce=NONCE)
    await provider.answer(JWKS, status=500)
    await clock.advance(seconds=PAUSE_S)
    with pytest.raises(ProviderAway):
        await client.verify(await _token(provider, kid="unknown"), nonce=NONCE)
    assert (await client.verify(token, nonce=NONCE)).subject == "anna"
    await clock.advance(seconds=KEYS_LIFE_S)
    with pytest.raises(ProviderAway):
        await client.verify(token, nonce=NONCE)


async def test_a_provider_may_move_its_keys(
    provider: OidcProvider, client: OidcClient, clock: FakeClock
) -> None:
    await client.verify(await _token(provider), nonce=NONCE)
    document = await provider.document()
    await provider.answer("/new", {"keys": await _published(provider)})
    await provider.answer(DISCOVERY, document | {"jwks_uri": f"{provider.url}/new"})
    await clock.advance(seconds=METADATA_LIFE_S)
    await client.verify(await provider.sign(_dated(provider, clock)), nonce=NONCE)
    assert len(await provider.requests("/new")) == 1


def _dated(provider: OidcProvider, clock: FakeClock) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    return provider.claims(NONCE, iat=now, exp=now + 60)


async def test_one_odd_key_does_not_spoil_the_others(
    provider: OidcProvider, client: OidcClient
) -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "kid": "no numbers"},
        {"kty": "RSA", "kid": "wrong numbers", "n": 5, "e": "AQAB"},
        {"kty": "EC", "crv": "P-999", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
    ]
    await provider.answer(JWKS, {"keys": odd + await _published(provider)})
    assert (await client.verify(await _token(provider), nonce=NONCE)).subject == "anna"


WEAK, ELLIPTIC = "weak", "elliptic"


def _key(kind: str) -> tuple[Key, str]:
    """Make a key, and say how it signs."""
    if kind == WEAK:
        return RSAKey.generate_key(1_024, {"kid": WEAK}), "RS256"
    return ECKey.generate_key("P-256", {"kid": ELLIPTIC}), "ES256"


@pytest.mark.filterwarnings("ignore:Key size should be")
@pytest.mark.parametrize(
    ("kind", "changes", "is_taken"),
    [
        (ELLIPTIC, {}, True),
        (ELLIPTIC, {"use": "sig", "alg": "ES256"}, True),
        (ELLIPTIC, {"use": "enc"}, False),
        (ELLIPTIC, {"alg": "ECDH-ES"}, False),
        (WEAK, {}, False),
    ],
)
async def test_a_key_signs_only_what_it_is_good_for(
    provider: OidcProvider,
    client: OidcClient,
    kind: str,
    changes: dict[str, str],
    *,
    is_taken: bool,
) -> None:
    key, algorithm = _key(kind)
    await provider.answer(JWKS, {"keys": [key.as_dict(private=False) | changes]})
    token = jwt.encode({"alg": algorithm, "kid": kind}, provider.claims(NONCE), key)
    if is_taken:
        assert (await client.verify(token, nonce=NONCE)).subject == "anna"
    else:
        with pytest.raises(TokenRefused) as refused:
            await client.verify(token, nonce=NONCE)
        assert refused.value.why is TokenFault.UNKNOWN_KEY


async def test_a_key_whose_private_half_is_published_is_anybodys(
    provider: OidcProvider, client: OidcClient
) -> None:
    key, algorithm = _key(ELLIPTIC)
    await provider.answer(JWKS, {"keys": [key.as_dict(private=True)]})
    token = jwt.encode({"alg": algorithm, "kid": ELLIPTIC}, provider.claims(NONCE), key)
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce=NONCE)
    assert refused.value.why is TokenFault.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("other", "is_taken"),
    [
        (None, True),
        ({"kty": "oct", "kid": "shared", "k": "c2hhcmVkIGJ5IGFsbCB3aG8gcmVhZA"}, True),
        (ECKey.generate_key("P-256").as_dict(kid="other", use="enc"), True),
        (ECKey.generate_key("P-256").as_dict(kid="other", use="sig"), False),
    ],
)
async def test_a_token_need_not_name_its_key_where_one_only_signs(
    provider: OidcProvider, client: OidcClient, other: dict[str, Any] | None, *, is_taken: bool
) -> None:
    key = _key(ELLIPTIC)[0]
    published = key.as_dict(private=False)
    await provider.answer(JWKS, {"keys": [published, other] if other else [published]})
    token = jwt.encode({"alg": "ES256"}, provider.claims(NONCE), key)
    if is_taken:
        assert (await client.verify(token, nonce=NONCE)).subject == "anna"
    else:
        with pytest.raises(TokenRefused) as refused:
            await client.verify(token, nonce=NONCE)
        assert refused.value.why is TokenFault.UNKNOWN_KEY


async def test_more_keys_than_anybody_has_are_not_read(
    provider: OidcProvider, client: OidcClient
) -> None:
    await provider.answer(JWKS, {"keys": [{}] * (KEYS_MAX + 1)})
    with pytest.raises(ProviderMisconfigured):
        await client.verify(await _token(provider), nonce=NONCE)
