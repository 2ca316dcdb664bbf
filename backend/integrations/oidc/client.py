"""The OpenID Connect client: people who have an account at a provider come in by it."""

import hashlib

import httpx
from joserfc.jwk import KeySet

from actors.ports import Clock
from backend.integrations.oidc.apple_secret import AppleSecret
from backend.integrations.oidc.attempt import Attempt
from backend.integrations.oidc.claims import Expected, OidcIdentity, identity_of
from backend.integrations.oidc.errors import CodeFault, CodeRefused, TokenFault, TokenRefused
from backend.integrations.oidc.id_token import open_id_token
from backend.integrations.oidc.kept import Kept
from backend.integrations.oidc.key_set import read_key_set
from backend.integrations.oidc.metadata import ProviderMetadata, read_metadata
from backend.integrations.oidc.provider_http import ProviderHttp
from backend.integrations.oidc.settings import OidcSettings
from backend.integrations.oidc.token_endpoint import Credentials, Exchange, redeem

METADATA_LIFE_S = 60 * 60
KEYS_LIFE_S = 10 * 60
"""For so long a key may be taken after the provider has withdrawn it."""


class OidcClient:
    """Signs people in by one provider; one for the whole process."""

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        """Prepare; the provider is not asked before somebody comes. Raises OidcSettingsWrong."""
        self._settings = settings
        self._clock = clock
        self._apple: AppleSecret | None = None
        if settings.apple_key is not None:
            self._apple = AppleSecret(
                settings.apple_key, settings.client_id, settings.issuer, clock
            )
        self._http = ProviderHttp(settings.name)
        self._metadata = Kept(self._read_metadata, clock, life_s=METADATA_LIFE_S)
        self._keys = Kept(self._read_keys, clock, life_s=KEYS_LIFE_S)

    async def close(self) -> None:
        """Ask nothing more, and let go of the connections."""
        await self._keys.close()
        await self._metadata.close()
        await self._http.close()

    async def authorization_url(
        self,
        attempt: Attempt,
        *,
        redirect_uri: str,
        prompt: str | None = None,
        login_hint: str | None = None,
    ) -> str:
        """Tell where a browser goes to sign in. Raises ProviderAway, ProviderMisconfigured."""
        metadata = await self._metadata.get()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.code_challenge,
            "code_challenge_method": "S256",
            "response_mode": "form_post" if self._settings.is_form_post else None,
            "prompt": prompt,
            "login_hint": login_hint,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return str(httpx.URL(metadata.authorization_endpoint).copy_merge_params(given))

    async def exchange(
        self, exchange: Exchange, *, nonce: str, issuer: str | None = None
    ) -> OidcIdentity:
        """Find out who came back with a code; `issuer` is the callback's `iss`, if it has one.

        Whose attempt it was is the caller's to know, by its state.
        Raises CodeRefused, TokenRefused, ProviderAway and ProviderMisconfigured.
        """
        metadata = await self._metadata.get()
        # A code that another provider gave would be shown to this one (RFC 9207).
        is_promised = metadata.authorization_response_iss_parameter_supported
        if (is_promised or issuer is not None) and issuer != metadata.issuer:
            raise CodeRefused(CodeFault.WRONG_ISSUER)
        tokens = await redeem(self._http, metadata, self._credentials(), exchange)
        expected = Expected(
            issuer=metadata.issuer,
            parties=frozenset({self._settings.client_id}),
            trusted=self._settings.own_audiences,
            nonces=(nonce,),
            access_token=tokens.access_token,
            code=exchange.code,
        )
        return await self._identity(tokens.id_token, expected)

    async def verify(self, id_token: str, *, nonce: str) -> OidcIdentity:
        """Find out who an app of ours has signed in, by the ID token that it was given.

        Apple's SDK is told the nonce's SHA-256, others the nonce itself. That no nonce is taken
        twice is the caller's to see to.
        Raises TokenRefused, ProviderAway and ProviderMisconfigured.
        """
        expected = Expected(
            issuer=self._settings.issuer,
            parties=self._settings.own_audiences,
            trusted=self._settings.own_audiences,
            nonces=(nonce, hashlib.sha256(nonce.encode()).hexdigest()),
        )
        return await self._identity(id_token, expected)

    async def _identity(self, id_token: str, expected: Expected) -> OidcIdentity:
        algorithms = self._settings.algorithms
        try:
            token = open_id_token(id_token, await self._keys.get(), algorithms)
        except TokenRefused as refused:
            if refused.why is not TokenFault.UNKNOWN_KEY:
                raise
            # The provider may have a new key.
            token = open_id_token(id_token, await self._keys.renewed(), algorithms)
        return identity_of(token, expected, self._clock.now())

    def _credentials(self) -> Credentials:
        secret = self._settings.client_secret if self._apple is None else self._apple.current()
        return Credentials(self._settings.client_id, secret)

    async def _read_metadata(self) -> ProviderMetadata:
        return await read_metadata(self._http, self._settings)

    async def _read_keys(self) -> KeySet:
        metadata = await self._metadata.get()
        return await read_key_set(self._http, metadata.jwks_uri)
