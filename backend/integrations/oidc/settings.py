"""What a deployment decides about one OpenID provider."""

import re
from typing import Annotated, Literal, get_args

from backend.integrations.oidc.errors import OidcSettingsWrong
from backend.integrations.oidc.provider_url import is_issuer
from backend.integrations.oidc.sealed import Sealed
from protocol.marks import SECRET

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""How an ID token may be signed: by a key of which we know the public half only."""
_ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class AppleKey(Sealed, frozen=True, kw_only=True):
    """What Apple gives in the place of a client secret: a key to sign such secrets with."""

    team_id: str
    key_id: str
    private_key: Annotated[str, SECRET]
    """An ES256 key as PEM, as it stands in the .p8 file."""


class OidcSettings(Sealed, frozen=True, kw_only=True):
    """A provider, and what we are there. Raises OidcSettingsWrong when it cannot be."""

    name: str
    """What we call it: google, apple, or any other word."""
    issuer: str
    """Exactly as its discovery document and its ID tokens say it; never one for many tenants."""
    client_id: str
    client_secret: Annotated[str, SECRET] = ""
    """Left out where there is a key of Apple's."""
    apple_key: AppleKey | None = None
    audiences: tuple[str, ...] = ()
    """Further clients of ours: the apps that sign people in by the provider's own SDK."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256")
    is_form_post: bool = False
    """Whether the provider is asked to come back by POST, as Apple does for email and name."""
    allows_loopback: bool = False
    """For tests only: providers on this machine, over plain HTTP."""

    def __post_init__(self) -> None:
        """Find what is wrong before anybody signs in. Raises OidcSettingsWrong."""
        if not _NAME.fullmatch(self.name):
            raise OidcSettingsWrong("an OpenID provider is named in a word, such as google")
        if not is_issuer(self.issuer, allows_loopback=self.allows_loopback):
            raise self._wrong("its issuer is an https URL without query")
        if not self.client_id:
            raise self._wrong("it needs a client_id")
        if bool(self.client_secret) == (self.apple_key is not None):
            raise self._wrong("it needs either a client_secret or an apple_key")
        if "openid" not in self.scopes:
            raise self._wrong("its scopes must name openid")
        # joserfc takes none for its own choice, which has symmetric ones.
        if not self.algorithms or not set(self.algorithms) <= set(_ALGORITHMS):
            raise self._wrong(f"its algorithms are some of {', '.join(_ALGORITHMS)}")

    @property
    def own_audiences(self) -> frozenset[str]:
        """All that we are called at the provider."""
        return frozenset((self.client_id, *self.audiences))

    def _wrong(self, why: str) -> OidcSettingsWrong:
        return OidcSettingsWrong(f"of the OpenID provider {self.name}: {why}")
