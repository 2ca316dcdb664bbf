"""The account over HTTP: what its owner sees and changes of it."""

from typing import Any
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from backend.domains.identity import bodies, store
from backend.domains.identity.account import changing_email, consents, credentials, resting
from backend.domains.identity.account.changing_password import change_password
from backend.domains.identity.bodies import Account, Agreement, ConsentsShown, CredentialsShown
from backend.domains.identity.routing import SIGNED_IN, AnyRequest, Asker, Room
from backend.domains.identity.visitor import visitor_of
from protocol.codec import refuse_unstorable_text
from protocol.common import Unauthenticated


@put("/v1/auth/password", status_code=HTTP_204_NO_CONTENT, **SIGNED_IN)
async def put_password(
    data: JSONBody[bodies.ChangePassword], principal: Asker, identity: Room
) -> None:
    """Change your password, or give yourself one; all your other sessions end."""
    refuse_unstorable_text(data)
    await change_password(identity, principal, data)


@post("/v1/auth/email", status_code=HTTP_202_ACCEPTED, **SIGNED_IN)
async def change_email(
    request: AnyRequest, data: JSONBody[bodies.ChangeEmail], principal: Asker, identity: Room
) -> None:
    """Have a link sent to the address you want; it is yours once you have opened the link.

    It leads to `return_to`, with the token behind `#change_email=`.
    """
    await changing_email.ask_to_change_email(identity, principal, data, visitor_of(request))


@post("/v1/auth/email/verify", status_code=HTTP_202_ACCEPTED, **SIGNED_IN)
async def verify_email(
    request: AnyRequest, data: JSONBody[bodies.VerifyEmail], principal: Asker, identity: Room
) -> None:
    """Have a link sent to your address once more; opened, it proves that the address is yours."""
    await changing_email.ask_to_verify_email(identity, principal, data, visitor_of(request))


@post("/v1/auth/email/confirm", status_code=HTTP_200_OK, **SIGNED_IN)
async def confirm_email(
    data: JSONBody[bodies.ConfirmEmail], principal: Asker, identity: Room
) -> Account:
    """Prove an address by the token of the link that was sent there; sign in before."""
    await changing_email.confirm_email(identity, principal, data)
    account = await store.read_account(principal.user_id)
    if account is None:
        raise Unauthenticated
    return account


@get("/v1/auth/credentials", **SIGNED_IN)
async def list_credentials(principal: Asker) -> CredentialsShown:
    """See what opens your account."""
    return await credentials.show_credentials(principal.user_id)


@delete("/v1/auth/credentials/{credential_id:uuid}", **SIGNED_IN)
async def remove_credential(
    credential_id: FromPath[UUID], principal: Asker, identity: Room
) -> None:
    """Remove a way into your account; sign in anew before, if that was a while ago."""
    await credentials.remove_credential(identity, principal, credential_id)


@post("/v1/me/deactivate", status_code=HTTP_204_NO_CONTENT, **SIGNED_IN)
async def deactivate(data: JSONBody[bodies.Deactivate], principal: Asker, identity: Room) -> None:
    """Let your account rest: you are signed out everywhere; sign in with `reactivate` to return.

    While there is money on a promise of yours it is refused (`challenges.stake_goes_on`).
    """
    await resting.deactivate(identity, principal, data)


@get("/v1/me/consents", **SIGNED_IN)
async def list_consents(principal: Asker, identity: Room) -> ConsentsShown:
    """See what you agreed to, and what is in force."""
    return await consents.show_consents(identity, principal.user_id)


@post("/v1/me/consents", status_code=HTTP_200_OK, **SIGNED_IN)
async def give_consent(
    data: JSONBody[Agreement], principal: Asker, identity: Room
) -> ConsentsShown:
    """Agree to what is in force; agreed to twice it stays as it was."""
    await consents.agree(identity, principal.user_id, [data])
    return await consents.show_consents(identity, principal.user_id)


ROUTES: list[Any] = [
    put_password,
    change_email,
    verify_email,
    confirm_email,
    list_credentials,
    remove_credential,
    deactivate,
    list_consents,
    give_consent,
]
