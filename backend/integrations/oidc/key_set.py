"""The keys that a provider signs ID tokens with, as it publishes them (JWKS, RFC 7517)."""

from typing import Annotated, Any

import msgspec
from joserfc.jwk import JWKRegistry, Key, KeySet, RSAKey
from msgspec import Meta

from backend.integrations.oidc.provider_http import ProviderHttp

KEYS_MAX = 100
RSA_BITS_MIN = 2_048


class _Published(msgspec.Struct, frozen=True):
    """A JWKS document."""

    keys: Annotated[tuple[dict[str, Any], ...], Meta(max_length=KEYS_MAX)]


async def read_key_set(http: ProviderHttp, url: str) -> KeySet:
    """Ask a provider for its keys. Raises ProviderAway and ProviderMisconfigured."""
    published = await http.get(url, _Published)
    return KeySet([key for each in published.keys if (key := _usable(each)) is not None])


def _usable(published: dict[str, Any]) -> Key | None:
    """Read a key that may sign ID tokens; one that may not does not spoil the others."""
    if published.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(published)
    except Exception:  # noqa: BLE001 - whatever stands there, it is no key that we know
        return None
    # What anybody can read is nobody's to sign with, be it half of a pair or a shared one.
    if key.is_private or (isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS_MIN):
        return None
    return key
