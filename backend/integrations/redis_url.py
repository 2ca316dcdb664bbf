"""Redis by URL: one server, or whichever Sentinel says is the master just now.

redis://host:6379/0    rediss://…    unix://…
redis+sentinel://[user:password@]host:26379,host:26379/master-name[/database]
"""

from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from redis.asyncio import Connection, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import Sentinel, SentinelManagedConnection
from redis.exceptions import ConnectionError as RedisConnectionError

SENTINEL_SCHEME = "redis+sentinel"
SENTINEL_PORT = 26_379

_Client = TypeVar("_Client", bound="Redis")


class _SaysWhenItIsGone(AbstractConnection):
    """Has everybody hear in redis-py's words that a connection is gone.

    uvloop raises RuntimeError when a stream is written to that has just been closed
    (https://github.com/MagicStack/uvloop/issues/506), which nobody who uses Redis expects.
    """

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002 - as redis-py has it
    ) -> None:
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as problem:
            raise RedisConnectionError(str(problem)) from problem


class _Tcp(_SaysWhenItIsGone, Connection):
    pass


class _Tls(_SaysWhenItIsGone, SSLConnection):
    pass


class _Unix(_SaysWhenItIsGone, UnixDomainSocketConnection):
    pass


class _Managed(_SaysWhenItIsGone, SentinelManagedConnection):
    pass


_CONNECTIONS = {"redis": _Tcp, "rediss": _Tls, "unix": _Unix}


def open_redis(url: str, kind: type[_Client], *, within_s: float) -> _Client:
    """Make a client that never waits longer for an answer; nothing is connected yet.

    Raises ValueError when the URL cannot be read.
    """
    limits: dict[str, Any] = {"socket_timeout": within_s, "socket_connect_timeout": within_s}
    if not url.startswith(f"{SENTINEL_SCHEME}://"):
        client: _Client = kind.from_url(url, **limits)
        # redis-py lets the scheme decide, whatever it is told with the URL.
        client.connection_pool.connection_class = _CONNECTIONS[urlsplit(url).scheme]
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
        connection_class=_Managed,
        **limits,
    )
    return found


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port or SENTINEL_PORT)
