"""The token endpoint: gives an ID token for an authorization code (RFC 6749, RFC 7636)."""

import re
from typing import Annotated
from urllib.parse import quote_plus

import httpx
import msgspec

from backend.integrations.oidc.errors import CodeFault, CodeRefused, ProviderMisconfigured
from backend.integrations.oidc.metadata import ProviderMetadata
from backend.integrations.oidc.provider_http import OK, Answer, ProviderHttp
from backend.integrations.oidc.sealed import Sealed
from protocol.marks import SECRET

_CODE = re.compile(r"[\x20-\x7e]{1,4096}")
_NOT_GRANTED = "invalid_grant"
_PROBLEMS = {
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
}
"""What else a token endpoint may say; other words of a stranger's are not repeated."""


class Credentials(Sealed, frozen=True):
    """Who we are at a provider."""

    client_id: str
    client_secret: Annotated[str, SECRET]


class Exchange(Sealed, frozen=True, kw_only=True):
    """A code, and what shows that it was given to us."""

    code: Annotated[str, SECRET]
    code_verifier: Annotated[str, SECRET]
    redirect_uri: str


class Tokens(Sealed, frozen=True):
    """What a code was exchanged for; the access token is not used, but the ID token names it."""

    access_token: Annotated[str, SECRET]
    id_token: Annotated[str, SECRET]


class _Problem(msgspec.Struct, frozen=True):
    """Why a code was not exchanged."""

    error: str


async def redeem(
    http: ProviderHttp, metadata: ProviderMetadata, credentials: Credentials, exchange: Exchange
) -> Tokens:
    """Exchange a code. Raises CodeRefused, ProviderAway and ProviderMisconfigured."""
    if not _CODE.fullmatch(exchange.code):
        raise CodeRefused(CodeFault.MALFORMED)
    form = {
        "grant_type": "authorization_code",
        "code": exchange.code,
        "redirect_uri": exchange.redirect_uri,
        "code_verifier": exchange.code_verifier,
    }
    methods = metadata.token_endpoint_auth_methods_supported
    if "client_secret_basic" in methods:
        answer = await http.post(metadata.token_endpoint, form, _basic(credentials))
    elif "client_secret_post" in methods:
        form |= msgspec.structs.asdict(credentials)
        answer = await http.post(metadata.token_endpoint, form)
    else:
        raise http.misconfigured("it takes no client secret at its token endpoint")
    if answer.status != OK:
        raise _problem(http, answer)
    return http.read(answer, Tokens)


def _basic(credentials: Credentials) -> httpx.BasicAuth:
    """Authenticate by header; both halves are encoded as in a form first (RFC 6749, 2.3.1)."""
    return httpx.BasicAuth(quote_plus(credentials.client_id), quote_plus(credentials.client_secret))


def _problem(http: ProviderHttp, answer: Answer) -> CodeRefused | ProviderMisconfigured:
    """Say what a refusal means; only one kind of them is about the code."""
    try:
        error = http.read(answer, _Problem).error
    except ProviderMisconfigured:
        error = ""
    if error == _NOT_GRANTED:
        return CodeRefused(CodeFault.NOT_GRANTED)
    said = f" {error}" if error in _PROBLEMS else ""
    return http.misconfigured(f"its token endpoint answers {answer.status}{said}")
