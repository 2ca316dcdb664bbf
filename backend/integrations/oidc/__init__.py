"""OpenID Connect: people come in by an account they have elsewhere (the relying party).

client = OidcClient(settings, clock)
url = await client.authorization_url(attempt := Attempt.new(), redirect_uri=redirect_uri)
exchange = Exchange(code=code, code_verifier=attempt.code_verifier, redirect_uri=redirect_uri)
identity = await client.exchange(exchange, nonce=attempt.nonce, issuer=iss)
"""

from backend.integrations.oidc.attempt import Attempt
from backend.integrations.oidc.claims import OidcIdentity
from backend.integrations.oidc.client import OidcClient
from backend.integrations.oidc.errors import (
    CodeFault,
    CodeRefused,
    OidcError,
    OidcSettingsWrong,
    ProviderAway,
    ProviderMisconfigured,
    TokenFault,
    TokenRefused,
)
from backend.integrations.oidc.settings import Algorithm, AppleKey, OidcSettings
from backend.integrations.oidc.token_endpoint import Exchange

__all__ = [
    "Algorithm",
    "AppleKey",
    "Attempt",
    "CodeFault",
    "CodeRefused",
    "Exchange",
    "OidcClient",
    "OidcError",
    "OidcIdentity",
    "OidcSettings",
    "OidcSettingsWrong",
    "ProviderAway",
    "ProviderMisconfigured",
    "TokenFault",
    "TokenRefused",
]
