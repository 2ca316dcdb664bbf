"""Redis by URL: one server, or whichever Sentinel says is the master just now.

redis://host:6379/0    rediss://…    unix://…
redis+sentinel://[user:password@]host:26379,[::1]:26379/master-name[/database]
rediss+sentinel://…                     TLS to the Sentinels and to Redis
…?sentinel_username=…&sentinel_password=…      who signs in at the Sentinels themselves
…?ssl_ca_certs=/path                    who vouches for their certificates, if not the system
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from redis.asyncio import Connection, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from backend.listening import PORT_MAX

SENTINEL_SCHEMES = ("redis+sentinel", "rediss+sentinel")
SENTINEL_PORT = 26_379
_SENTINEL_OPTIONS = {"sentinel_username", "sentinel_password", "ssl_ca_certs"}

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


class _ManagedTls(_SaysWhenItIsGone, SentinelManagedSSLConnection):
    pass


_CONNECTIONS = {"redis": _Tcp, "rediss": _Tls, "unix": _Unix}


class RedisUrlWrong(ValueError):
    """A URL cannot be read; the text says why, and nothing of what may be secret in it."""


def check_redis_url(url: str) -> None:
    """Make sure that a client can be made of a URL. Raises RedisUrlWrong."""
    if url.split() != [url]:
        raise RedisUrlWrong("it is one URL, without spaces")
    try:
        open_redis(url, Redis, within_s=1.0).connection_pool.make_connection()  # type: ignore[no-untyped-call]
    except RedisUrlWrong:
        raise
    except (ValueError, TypeError) as problem:
        # Not the problem's own words: they may quote the URL.
        raise RedisUrlWrong("an option of it is not known, or has a wrong value") from problem


def open_redis(url: str, kind: type[_Client], *, within_s: float) -> _Client:
    """Make a client that never waits longer for an answer; nothing is connected yet.

    Raises RedisUrlWrong, or ValueError where redis-py finds the URL wrong.
    """
    limits: dict[str, Any] = {"socket_timeout": within_s, "socket_connect_timeout": within_s}
    scheme, _, rest = url.partition("://")
    if scheme in SENTINEL_SCHEMES:
        return _behind_sentinel(_Sentinels.of(scheme, rest), kind, limits)
    connection = _CONNECTIONS.get(scheme)
    if connection is None:
        schemes = ", ".join(f"{known}://" for known in (*_CONNECTIONS, *SENTINEL_SCHEMES))
        raise RedisUrlWrong(f"it begins with one of {schemes}")
    _check_place(url)
    client: _Client = kind.from_url(url, **limits)
    # redis-py lets the scheme decide, whatever it is told with the URL.
    client.connection_pool.connection_class = connection
    return client


def _check_place(url: str) -> None:
    """Look at what redis-py looks at when it connects, or takes for something else."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise RedisUrlWrong("its host or its port cannot be read") from None
    if parts.scheme == "unix":
        if not parts.path:
            raise RedisUrlWrong("it names the path of a socket")
        return
    if not host or port == 0:
        raise RedisUrlWrong("it names a host, and a port that is not 0")
    _database(parts.path.strip("/"))


@dataclass(frozen=True)
class _Sentinels:
    """What a URL says of Sentinels and of the master they watch."""

    places: tuple[tuple[str, int], ...]
    master: str
    database: int
    login: dict[str, Any]
    """How to sign in at Redis, as redis-py names it."""
    sentinel_login: dict[str, Any]
    tls: dict[str, Any]

    @classmethod
    def of(cls, scheme: str, rest: str) -> "_Sentinels":
        """Read what stands behind the scheme. Raises RedisUrlWrong.

        By hand, for `urlsplit` knows one host only, and no two in brackets.
        """
        rest, _, query = rest.partition("?")
        netloc, _, path = rest.partition("/")
        login, _, places = netloc.rpartition("@")
        user, _, password = login.partition(":")
        master, _, database = path.strip("/").partition("/")
        if not places or not master:
            where = f"{scheme}://host:{SENTINEL_PORT},…/master-name"
            raise RedisUrlWrong(f"{where} says where Sentinels are, and whom they watch")
        options = {name: unquote(value) for name, value in _pairs(query)}
        if not options.keys() <= _SENTINEL_OPTIONS:
            known = ", ".join(sorted(_SENTINEL_OPTIONS))
            raise RedisUrlWrong(f"behind the ? may stand {known}")
        tls: dict[str, Any] = {"ssl": True} if scheme == SENTINEL_SCHEMES[1] else {}
        if ca_certs := options.get("ssl_ca_certs"):
            if not tls:
                raise RedisUrlWrong(f"ssl_ca_certs needs {SENTINEL_SCHEMES[1]}://")
            tls["ssl_ca_certs"] = ca_certs
        return cls(
            places=tuple(_place(place) for place in places.split(",")),
            master=unquote(master),
            database=_database(database),
            login=_login(unquote(user), unquote(password)),
            sentinel_login=_login(
                options.get("sentinel_username", ""), options.get("sentinel_password", "")
            ),
            tls=tls,
        )


def _behind_sentinel(named: _Sentinels, kind: type[_Client], limits: dict[str, Any]) -> _Client:
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        named.places, sentinel_kwargs={**limits, **named.sentinel_login, **named.tls}
    )
    for asked in sentinel.sentinels:
        asked.connection_pool.connection_class = _Tls if named.tls else _Tcp
    found: _Client = sentinel.master_for(
        named.master,
        redis_class=kind,
        db=named.database,
        connection_class=_ManagedTls if named.tls else _Managed,
        **named.login,
        **{name: value for name, value in named.tls.items() if name != "ssl"},
        **limits,
    )
    return found


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Take options apart; a + is itself, for passwords have some."""
    for option in filter(None, query.split("&")):
        name, _, value = option.partition("=")
        yield name, value


def _login(user: str, password: str) -> dict[str, Any]:
    found = {"username": user, "password": password}
    return {name: value for name, value in found.items() if value}


def _database(text: str) -> int:
    if text and not (text.isdecimal() and text.isascii()):
        raise RedisUrlWrong("its database is a number, such as /0")
    return int(text or 0)


def _place(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        is_whole = bool(bracket) and (not rest or rest.startswith(":"))
        port = rest[1:]
    else:
        host, _, port = text.partition(":")
        is_whole = ":" not in port
    port = port or str(SENTINEL_PORT)
    is_port = port.isdecimal() and port.isascii() and 1 <= int(port) <= PORT_MAX
    if not (is_whole and host and is_port):
        raise RedisUrlWrong(f"a Sentinel is at host:{SENTINEL_PORT}, or at [::1]:{SENTINEL_PORT}")
    return host, int(port)
