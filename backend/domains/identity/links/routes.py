"""Links over HTTP: asked for, and opened."""

import base64
from typing import Any

from litestar import post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from backend.domains.identity import bodies
from backend.domains.identity.account.changing_password import reset_password
from backend.domains.identity.bodies import SignedIn
from backend.domains.identity.links.asking import ask_for_link
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.signing_in import open_link
from backend.domains.identity.routing import OPEN, PROVING, AnyRequest, Room
from backend.domains.identity.visitor import visitor_of
from protocol.codec import refuse_unstorable_text


@post("/v1/auth/link", status_code=HTTP_202_ACCEPTED, **OPEN)
async def ask_to_sign_in(
    request: AnyRequest, data: JSONBody[bodies.AskForLink], identity: Room
) -> None:
    """Have a link sent to sign in by; who has no account gets one by opening it.

    The link opens once, within ten minutes. It leads to `return_to`, with the token behind
    `#sign_in=`. The answer is the same whether there is an account or not.
    """
    await ask_for_link(
        identity,
        visitor_of(request),
        purpose=Purpose.SIGN_IN,
        email=data.email,
        return_to=data.return_to,
        challenge=_bytes_of(data.challenge),
    )


@post("/v1/auth/link/open", status_code=HTTP_200_OK, responses=PROVING, **OPEN)
async def sign_in_by_link(
    request: AnyRequest, data: JSONBody[bodies.OpenLink], identity: Room
) -> SignedIn:
    """Sign in by the token of a link that was opened."""
    refuse_unstorable_text(data)
    return await open_link(identity, data, visitor_of(request))


@post("/v1/auth/password/forgot", status_code=HTTP_202_ACCEPTED, **OPEN)
async def forgot_password(
    request: AnyRequest, data: JSONBody[bodies.ForgotPassword], identity: Room
) -> None:
    """Have a link sent to choose another password by; where there is no account, nothing is sent.

    It leads to `return_to`, with the token behind `#reset_password=`. The answer is always the
    same.
    """
    await ask_for_link(
        identity,
        visitor_of(request),
        purpose=Purpose.RESET_PASSWORD,
        email=data.email,
        return_to=data.return_to,
        challenge=_bytes_of(data.challenge),
    )


@post("/v1/auth/password/reset", status_code=HTTP_200_OK, responses=PROVING, **OPEN)
async def choose_password(
    request: AnyRequest, data: JSONBody[bodies.ResetPassword], identity: Room
) -> SignedIn:
    """Choose another password by the token of a link; all sessions end, and a new one begins."""
    refuse_unstorable_text(data)
    return await reset_password(identity, data, visitor_of(request))


def _bytes_of(challenge: str | None) -> bytes | None:
    return base64.urlsafe_b64decode(challenge + "=") if challenge else None


ROUTES: list[Any] = [ask_to_sign_in, sign_in_by_link, forgot_password, choose_password]
