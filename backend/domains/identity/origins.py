"""Where a link may lead: only to origins the deployment has named, so that nobody is led astray."""

from typing import NamedTuple
from urllib.parse import urlsplit

from backend.domains.identity.messages import ReturnToNotAllowed

RETURN_TO_MAX = 400
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Origin(NamedTuple):
    """A scheme, a host and a port; an app's own scheme has no port."""

    scheme: str
    host: str
    port: int | None


def origin_of(url: str) -> Origin | None:
    """Read the origin of a URL; None for what is none, or what browsers read otherwise."""
    # Browsers drop control characters and read a backslash as a slash; neither belongs in a URL.
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or "@" in parts.netloc:
        return None
    return Origin(parts.scheme, parts.hostname, port or _DEFAULT_PORTS.get(parts.scheme))


def check_return_to(url: str, allowed: frozenset[Origin]) -> None:
    """Refuse to lead anywhere else. Raises ReturnToNotAllowed."""
    # The token goes into the fragment, which no server and no referrer ever sees.
    if len(url) > RETURN_TO_MAX or "#" in url or origin_of(url) not in allowed:
        raise ReturnToNotAllowed
