"""Apps that sign people in by the provider's own SDK, and hand us the ID token."""

import hashlib

import pytest

from backend.integrations.oidc import OidcClient, TokenFault, TokenRefused
from tests.integrations.oidc.visit import MakeClient
from tests.support.oidc_provider import APP_CLIENT, OidcProvider

NONCE = "a nonce that we gave to the app"


async def test_who_signed_in_inside_an_app_is_known(
    provider: OidcProvider, client: OidcClient
) -> None:
    identity = await client.verify(await provider.id_token_of_app(NONCE), nonce=NONCE)
    assert (identity.issuer, identity.subject) == (provider.url, "anna")
    assert (identity.email, identity.email_verified) == ("anna@example.org", True)


async def test_an_sdk_may_tell_the_provider_the_hash_of_the_nonce_only(
    provider: OidcProvider, client: OidcClient
) -> None:
    hashed = hashlib.sha256(NONCE.encode()).hexdigest()
    token = await provider.id_token_of_app(hashed)
    assert (await client.verify(token, nonce=NONCE)).subject == "anna"
    with pytest.raises(TokenRefused) as refused:
        await client.verify(token, nonce="a nonce that we gave to somebody else")
    assert refused.value.why is TokenFault.WRONG_NONCE


async def test_an_app_that_is_not_ours_is_refused(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(audiences=()))
    with pytest.raises(TokenRefused) as refused:
        await client.verify(await provider.id_token_of_app(NONCE), nonce=NONCE)
    assert refused.value.why is TokenFault.WRONG_AUDIENCE


async def test_an_app_may_ask_for_a_token_that_its_server_is_to_read(
    provider: OidcProvider, client: OidcClient
) -> None:
    # As Google has it on Android: `aud` is the web client, `azp` the app.
    token = await provider.sign(provider.claims(NONCE, azp=APP_CLIENT))
    assert (await client.verify(token, nonce=NONCE)).subject == "anna"
