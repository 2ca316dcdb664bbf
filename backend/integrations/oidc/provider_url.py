"""Provider URLs: the form of an issuer, and of the endpoints that it names."""

import httpx

from backend.integrations.addresses import is_loopback

URL_MAX = 2_000


def is_provider_url(url: str, *, allows_loopback: bool = False) -> bool:
    """Tell whether a URL may be a provider's: HTTPS, without user and fragment.

    Where a test allows it, plain HTTP to this machine as well.
    """
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if parts.userinfo or "#" in url or not parts.host:
        return False
    return parts.scheme == "https" or (
        allows_loopback and parts.scheme == "http" and is_loopback(parts.host)
    )


def is_issuer(url: str, *, allows_loopback: bool = False) -> bool:
    """Tell whether a URL may name an issuer, which has no query either."""
    return "?" not in url and is_provider_url(url, allows_loopback=allows_loopback)
