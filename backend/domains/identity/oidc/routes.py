"""Accounts elsewhere over HTTP: gone to, come back from, and taken for one's own."""

from typing import Annotated, Any

from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT, HTTP_303_SEE_OTHER

from backend.domains.identity import bodies
from backend.domains.identity.account.confirming import confirm
from backend.domains.identity.bodies import OidcBegun, ProvidersShown, SignedIn
from backend.domains.identity.links.signing_in import open_id_token
from backend.domains.identity.oidc import attempting, coming_in
from backend.domains.identity.routing import OPEN, PROVING, SIGNED_IN, AnyRequest, Asker, Room
from backend.domains.identity.visitor import visitor_of
from protocol.codec import refuse_unstorable_text


@get("/v1/auth/oidc", sync_to_thread=False, **OPEN)
def list_providers(identity: Room) -> ProvidersShown:
    """See by which accounts elsewhere people may come in."""
    return ProvidersShown(providers=sorted(identity.providers))


@post("/v1/auth/oidc/{provider:str}/begin", status_code=HTTP_200_OK, **OPEN)
async def begin_oidc(
    request: AnyRequest,
    provider: FromPath[str],
    data: JSONBody[bodies.BeginOidc],
    identity: Room,
) -> OidcBegun:
    """Begin to come in by an account elsewhere.

    Lead the browser to `authorization_url`. It comes back to `return_to`, with the token behind
    `#oidc=`, to be opened as a link is: bind it to a challenge, so that nobody else can. An app
    that asks the provider by its own SDK gives that `nonce`, and `state` with the ID token.
    """
    return await attempting.begin(identity, provider, data, visitor_of(request))


@get(
    "/v1/auth/oidc/{provider:str}/callback",
    status_code=HTTP_303_SEE_OTHER,
    include_in_schema=False,
    opt={"any_query": True},
    **OPEN,
)
async def come_back(request: AnyRequest, provider: FromPath[str], identity: Room) -> Redirect:
    """Come back from a provider; only its redirects lead here, with whatever it adds."""
    told = request.query_params
    place = await attempting.come_back(
        identity,
        provider,
        state=told.get("state", ""),
        code=told.get("code"),
        issuer=told.get("iss"),
    )
    return Redirect(place, status_code=HTTP_303_SEE_OTHER)


@post(
    "/v1/auth/oidc/{provider:str}/callback",
    status_code=HTTP_303_SEE_OTHER,
    include_in_schema=False,
    opt={"any_query": True, "form": True},
    **OPEN,
)
async def come_back_by_form(
    provider: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    identity: Room,
) -> Redirect:
    """Come back from a provider that posts a form, as Apple does."""
    place = await attempting.come_back(
        identity,
        provider,
        state=data.get("state", ""),
        code=data.get("code"),
        issuer=data.get("iss"),
    )
    return Redirect(place, status_code=HTTP_303_SEE_OTHER)


@post("/v1/auth/oidc/{provider:str}/token", status_code=HTTP_200_OK, responses=PROVING, **OPEN)
async def sign_in_by_id_token(
    request: AnyRequest,
    provider: FromPath[str],
    data: JSONBody[bodies.ShowIdToken],
    identity: Room,
) -> SignedIn:
    """Sign in by the ID token that an app was given by a provider's own SDK."""
    refuse_unstorable_text(data)
    return await open_id_token(identity, provider, data, visitor_of(request))


@post("/v1/auth/credentials/oidc/{provider:str}/begin", status_code=HTTP_200_OK, **SIGNED_IN)
async def begin_to_connect(
    request: AnyRequest,
    provider: FromPath[str],
    data: JSONBody[bodies.BeginOidc],
    principal: Asker,
    identity: Room,
) -> OidcBegun:
    """Begin to let an account elsewhere open yours; sign in anew before, if that was long ago."""
    await confirm(identity, principal, None)
    return await attempting.begin(identity, provider, data, visitor_of(request), principal.user_id)


@post("/v1/auth/credentials/oidc", status_code=HTTP_204_NO_CONTENT, **SIGNED_IN)
async def connect_oidc(
    data: JSONBody[bodies.ConnectOidc], principal: Asker, identity: Room
) -> None:
    """Let the account elsewhere open yours that you have come back from."""
    await coming_in.connect(identity, principal, data.token, data.verifier)


ROUTES: list[Any] = [
    list_providers,
    begin_oidc,
    come_back,
    come_back_by_form,
    sign_in_by_id_token,
    begin_to_connect,
    connect_oidc,
]
