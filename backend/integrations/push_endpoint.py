"""Push endpoints: URLs that strangers give us, judged by their form before anything is sent there.

What their names resolve to is checked where it is connected to (`public_network`).
"""

from string import hexdigits
from urllib.parse import urlsplit

from backend.integrations.addresses import is_loopback, is_public

ENDPOINT_MAX = 2_000
_HTTPS_PORT = 443


def is_endpoint_allowed(endpoint: str, *, allows_loopback: bool = False) -> bool:
    """Tell whether an endpoint has the form of a push service's.

    HTTPS on its own port, a public name and no user; where a test allows it, anything on this
    machine.
    """
    try:
        url = urlsplit(endpoint)
        port, host = url.port, url.hostname or ""
    except ValueError:
        return False
    if len(endpoint) > ENDPOINT_MAX or not endpoint.isascii() or not endpoint.isprintable():
        return False
    if url.username is not None or url.password is not None or url.fragment or " " in endpoint:
        return False
    if allows_loopback and (is_loopback(host) or host == "localhost"):
        return url.scheme in {"http", "https"}
    return url.scheme == "https" and port in {None, _HTTPS_PORT} and _may_be_public(host)


def _is_number(host: str) -> bool:
    """Tell whether a host would be read as an IPv4 address, in whatever notation.

    That is what URLs go by: https://url.spec.whatwg.org/#ends-in-a-number-checker
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or (last.startswith("0x") and all(c in hexdigits for c in last[2:]))


def _may_be_public(host: str) -> bool:
    """Tell whether a host may be on the public network: a full name, or a public address."""
    if ":" in host or _is_number(host):
        return is_public(host)
    return "." in host.strip(".") and not host.endswith((".localhost", ".local", ".internal"))
