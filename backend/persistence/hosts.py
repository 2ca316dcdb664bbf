"""Hosts: a URL may name several servers; here it is found out which is there and the right one.

The driver spends one limit on all of them together, so that a first one that says nothing (one
without power) would keep it from ever asking the second. Here each has its share of the time, and
the one that was the right one last is asked first. Whether it is the right one
(`target_session_attrs`) the driver finds out at each of them.
"""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from backend.persistence.guards import Connection
from backend.persistence.sqlstate import CONNECTION_PROBLEMS

CONNECT_TIMEOUT_S = 5.0
SHARE_S = 1.0
"""So long one of several hosts is waited for, before the next is asked."""

Hosts = tuple["Host", ...]

_right_one: dict[Hosts, "Host"] = {}
"""Of those that were named together, the one that was found last."""


class Host(NamedTuple):
    """One of the servers of a URL; without a port it is the usual one."""

    name: str
    port: int | None


async def connect(dsn: str, *, timeout: float = CONNECT_TIMEOUT_S, **options: Any) -> Connection:  # noqa: ASYNC109 - the driver's own word, which its pool passes on
    """Open a connection with one of the hosts of a URL. Raises what opening one may raise."""
    hosts = hosts_of(dsn)
    if len(hosts) < 2:  # noqa: PLR2004 - then there is nothing to choose from
        return await asyncpg.connect(dsn, timeout=timeout, **options)
    right_one = _right_one.get(hosts)
    asked = sorted(hosts, key=lambda host: host != right_one)
    host, connection = await _first_of(asked, dsn, timeout, options)
    _right_one[hosts] = host
    return connection


async def _first_of(
    hosts: list[Host], dsn: str, within_s: float, options: dict[str, Any]
) -> tuple[Host, Connection]:
    """Ask one after the other; those that said nothing again, and longer, while there is time."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + within_s
    share_s = min(SHARE_S, within_s / len(hosts))
    problems: list[Exception] = []
    while hosts:
        silent = []
        for host in hosts:
            left_s = ends_at - loop.time()
            if left_s <= 0:
                break
            try:
                return host, await asyncpg.connect(
                    dsn,
                    host=host.name,
                    port=host.port,
                    timeout=min(share_s, left_s),
                    **options,
                )
            except TimeoutError:
                silent.append(host)
            except CONNECTION_PROBLEMS as problem:
                if isinstance(problem, asyncpg.ClientConfigurationError):
                    raise
                problems.append(problem)
        hosts = silent
        share_s *= 2
    raise _most_telling(problems) or TimeoutError(f"none of its hosts answered in {within_s:g} s")


def _most_telling(problems: list[Exception]) -> Exception | None:
    """Choose what a server said before what only says that none was reached."""
    said = [problem for problem in problems if isinstance(problem, asyncpg.PostgresError)]
    return next(iter(said or problems), None)


def hosts_of(dsn: str) -> Hosts:
    """Read the hosts of a URL as the driver does; none when it must find them out by itself."""
    url = urlsplit(dsn)
    query = dict(parse_qsl(url.query))
    _, at, behind = url.netloc.partition("@")
    named = behind if at else url.netloc
    ports: list[str] = []
    if named:
        names = [unquote(name) for name in named.split(",")]
    else:
        names = query.get("host", "").split(",")
        ports = query.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(names)
    if not all(names) or len(ports) not in {0, len(names)}:
        return ()
    found = [_host(name) for name in names]
    both = zip(found, ports or ("",) * len(found), strict=True)
    return tuple(Host(host.name, int(port) if port else host.port) for host, port in both)


def _host(named: str) -> Host:
    """Take a name and its port apart: `a`, `a:5433`, `[::1]:5433`, or the folder of a socket."""
    if named.startswith("/"):
        return Host(named, None)
    if named.startswith("["):
        name, _, rest = named[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        name, _, port = named.partition(":")
    return Host(name, int(port) if port else None)
