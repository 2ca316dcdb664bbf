"""Provider metadata: what a provider says of itself (OpenID Connect Discovery)."""

import msgspec

from backend.integrations.oidc.provider_http import ProviderHttp
from backend.integrations.oidc.provider_url import is_provider_url
from backend.integrations.oidc.settings import OidcSettings

_WELL_KNOWN = "/.well-known/openid-configuration"


class ProviderMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a discovery document that we go by, under the names it has there."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


async def read_metadata(http: ProviderHttp, settings: OidcSettings) -> ProviderMetadata:
    """Ask a provider about itself. Raises ProviderAway and ProviderMisconfigured."""
    url = settings.issuer.removesuffix("/") + _WELL_KNOWN
    metadata = await http.get(url, ProviderMetadata)
    if metadata.issuer != settings.issuer:
        raise http.misconfigured(f"{url} is of another issuer")
    for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
        if not is_provider_url(endpoint, allows_loopback=settings.allows_loopback):
            raise http.misconfigured(f"{url} names an endpoint that is no https URL")
    return metadata
