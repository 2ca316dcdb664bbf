"""Codes: each is good once, for whom it was given to, and is never shown to another provider."""

import msgspec
import pytest

from backend.integrations.oidc import (
    CodeFault,
    CodeRefused,
    Exchange,
    OidcClient,
    ProviderMisconfigured,
    TokenFault,
    TokenRefused,
)
from tests.integrations.oidc.visit import MakeClient, arrive, visit
from tests.support.oidc_provider import (
    APPLE,
    CLIENT_SECRET,
    DISCOVERY,
    ELLIPTIC_CLIENT,
    REDIRECT_URI,
    TOKEN,
    OidcProvider,
)


async def test_a_code_is_good_once(client: OidcClient) -> None:
    back = await visit(client)
    await arrive(client, back)
    with pytest.raises(
        CodeRefused, match=r"refused: not_granted\. Begin signing in anew"
    ) as refused:
        await arrive(client, back)
    assert refused.value.why is CodeFault.NOT_GRANTED


@pytest.mark.parametrize(
    "stolen",
    [
        {"code_verifier": "a" * 43},
        {"redirect_uri": "https://tandem.example/v1/auth/oidc/other/callback"},
    ],
)
async def test_a_code_is_of_no_use_outside_the_attempt_it_belongs_to(
    client: OidcClient, stolen: dict[str, str]
) -> None:
    back = await visit(client)
    exchange = msgspec.structs.replace(back.exchange, **stolen)
    with pytest.raises(CodeRefused) as refused:
        await client.exchange(exchange, nonce=back.attempt.nonce, issuer=back.issuer)
    assert refused.value.why is CodeFault.NOT_GRANTED


async def test_a_code_with_the_verifier_of_another_attempt_is_refused(client: OidcClient) -> None:
    annas, bens = await visit(client, "anna"), await visit(client, "ben")
    mixed = msgspec.structs.replace(annas.exchange, code_verifier=bens.attempt.code_verifier)
    with pytest.raises(CodeRefused):
        await client.exchange(mixed, nonce=bens.attempt.nonce, issuer=annas.issuer)


async def test_a_code_that_another_client_was_given_is_refused(
    provider: OidcProvider, client: OidcClient, make_client: MakeClient
) -> None:
    other = make_client(provider.settings(client_id=ELLIPTIC_CLIENT))
    with pytest.raises(CodeRefused) as refused:
        await arrive(other, await visit(client))
    assert refused.value.why is CodeFault.NOT_GRANTED


async def test_a_code_injected_into_another_attempt_is_found_by_its_nonce(
    client: OidcClient,
) -> None:
    annas, bens = await visit(client, "anna"), await visit(client, "ben")
    with pytest.raises(TokenRefused) as refused:
        await client.exchange(annas.exchange, nonce=bens.attempt.nonce, issuer=annas.issuer)
    assert refused.value.why is TokenFault.WRONG_NONCE


@pytest.mark.parametrize("code", ["", "é", "two\nlines", "x" * 4_097])
async def test_what_cannot_be_a_code_is_not_sent(
    provider: OidcProvider, client: OidcClient, code: str
) -> None:
    exchange = Exchange(code=code, code_verifier="a" * 43, redirect_uri=REDIRECT_URI)
    with pytest.raises(CodeRefused) as refused:
        await client.exchange(exchange, nonce="any", issuer=provider.url)
    assert refused.value.why is CodeFault.MALFORMED
    assert await provider.requests(TOKEN) == []


@pytest.mark.parametrize("says_who_it_is", [True, False])
async def test_a_code_of_another_provider_is_not_shown_to_ours(
    provider: OidcProvider, client: OidcClient, make_client: MakeClient, *, says_who_it_is: bool
) -> None:
    theirs = await visit(make_client(provider.apple_settings()))
    issuer = theirs.issuer if says_who_it_is else None
    assert theirs.issuer == provider.url + APPLE
    with pytest.raises(CodeRefused) as refused:
        await client.exchange(theirs.exchange, nonce=theirs.attempt.nonce, issuer=issuer)
    assert refused.value.why is CodeFault.WRONG_ISSUER
    assert await provider.requests(TOKEN) == []


async def test_a_provider_that_never_says_who_it_is_need_not_do_so(
    provider: OidcProvider, client: OidcClient
) -> None:
    said = await provider.document()
    del said["authorization_response_iss_parameter_supported"]
    await provider.answer(DISCOVERY, said)
    back = await visit(client)
    with pytest.raises(CodeRefused):
        await client.exchange(back.exchange, nonce=back.attempt.nonce, issuer="https://other")
    identity = await client.exchange(back.exchange, nonce=back.attempt.nonce)
    assert identity.subject == "anna"


async def test_a_wrong_secret_is_ours_to_mend_and_stands_in_no_sentence(
    provider: OidcProvider, make_client: MakeClient
) -> None:
    client = make_client(provider.settings(client_secret=CLIENT_SECRET[:-1]))
    back = await visit(client)
    with pytest.raises(ProviderMisconfigured, match="answers 401 invalid_client") as problem:
        await arrive(client, back)
    assert CLIENT_SECRET[:-1] not in str(problem.value)
    assert back.exchange.code not in str(problem.value)


async def test_a_provider_that_takes_no_secret_of_ours_is_not_shown_one(
    provider: OidcProvider, client: OidcClient
) -> None:
    changed = {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}
    said = await provider.document()
    await provider.answer(DISCOVERY, said | changed)
    with pytest.raises(ProviderMisconfigured, match="takes no client secret"):
        await arrive(client, await visit(client))
    assert await provider.requests(TOKEN) == []
