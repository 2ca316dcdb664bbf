"""URLs of nodes: read once, and never shown, for they often carry a key."""

import base64
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore

from backend.integrations.chain.errors import RpcUrlWrong

Headers = dict[bytes | str, bytes | str]


class RpcPlace(NamedTuple):
    """Where requests go, and what goes with each."""

    url: httpcore.URL
    headers: Headers


def read_rpc_url(node: str, url: str) -> RpcPlace:
    """Read the URL of a node. Raises RpcUrlWrong."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise RpcUrlWrong(node, "it has a character that no URL has")
    parts = _parts_of(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RpcUrlWrong(node, "it is https:// or http:// and a host, at times a port")
    headers: Headers = {
        "host": parts.netloc.rpartition("@")[2],
        "content-type": "application/json",
    }
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    place = httpcore.URL(scheme=parts.scheme, host=parts.hostname, port=parts.port, target=target)
    return RpcPlace(place, headers)


def _parts_of(url: str) -> SplitResult | None:
    """Take a URL apart; None where it cannot be. What urllib says of it would quote it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts
