"""Redis by URL: one server, or whichever Sentinel says is the master just now.

redis://host:6379/0    rediss://…    unix://…
redis+sentinel://[user:password@]host:26379,host:26379/master-name[/database]
"""

from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.sentinel import Sentinel

SENTINEL_SCHEME = "redis+sentinel"
SENTINEL_PORT = 26_379

_Client = TypeVar("_Client", bound="Redis")


def open_redis(url: str, kind: type[_Client], *, within_s: float) -> _Client:
    """Make a client that never waits longer for an answer; nothing is connected yet.

    Raises ValueError when the URL cannot be read.
    """
    limits: dict[str, Any] = {"socket_timeout": within_s, "socket_connect_timeout": within_s}
    if not url.startswith(f"{SENTINEL_SCHEME}://"):
        client: _Client = kind.from_url(url, **limits)
        return client
    return _behind_sentinel(url, kind, limits)


def _behind_sentinel(url: str, kind: type[_Client], limits: dict[str, Any]) -> _Client:
    parts = urlsplit(url)
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    master, _, database = parts.path.strip("/").partition("/")
    if not places or not master:
        problem = f"{SENTINEL_SCHEME}://host:{SENTINEL_PORT},…/master-name says where Sentinels are"
        raise ValueError(problem)
    where = [_place(place) for place in places.split(",")]
    sentinel = Sentinel(where, sentinel_kwargs=limits)  # type: ignore[no-untyped-call]
    found: _Client = sentinel.master_for(
        master,
        redis_class=kind,
        username=unquote(user) or None,
        password=unquote(password) or None,
        db=int(database or 0),
        **limits,
    )
    return found


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port or SENTINEL_PORT)
