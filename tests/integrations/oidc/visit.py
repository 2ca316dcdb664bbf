"""A visit: somebody goes to a provider, signs in there, and is sent back."""

from collections.abc import Callable
from typing import NamedTuple

from backend.integrations.oidc import Attempt, Exchange, OidcClient, OidcIdentity, OidcSettings
from tests.support.oidc_browser import Callback, sign_in
from tests.support.oidc_provider import REDIRECT_URI

MakeClient = Callable[[OidcSettings], OidcClient]


class Visit(NamedTuple):
    """What was drawn for it, and what came back."""

    attempt: Attempt
    callback: Callback

    @property
    def exchange(self) -> Exchange:
        """What shows that the code is ours."""
        return Exchange(
            code=self.callback.parameters["code"],
            code_verifier=self.attempt.code_verifier,
            redirect_uri=REDIRECT_URI,
        )

    @property
    def issuer(self) -> str:
        """Who says that it sent somebody back."""
        return self.callback.parameters["iss"]


async def visit(client: OidcClient, who: str = "anna") -> Visit:
    """Go and come back."""
    attempt = Attempt.new()
    url = await client.authorization_url(attempt, redirect_uri=REDIRECT_URI)
    return Visit(attempt, await sign_in(url, who))


async def arrive(client: OidcClient, visit: Visit) -> OidcIdentity:
    """Find out who came back."""
    return await client.exchange(visit.exchange, nonce=visit.attempt.nonce, issuer=visit.issuer)
