"""The public network: connections to URLs that strangers gave us, and to nowhere inside.

A name is resolved once and what is connected to is the address that was checked, so an answer that
changes in between (DNS rebinding) leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress

import httpcore

from backend.integrations.addresses import is_loopback, is_public

SOCKET_OPTION = httpcore.SOCKET_OPTION
RESOLVED_WITHIN_S = 5.0
ADDRESSES_TRIED_MAX = 4


class NotPublic(httpcore.ConnectError):
    """The name leads to an address that is not on the public network."""


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """How an HTTP client connects: to public addresses only."""

    def __init__(self, *, allows_loopback: bool = False) -> None:
        """Let this machine through as well where a test asks for it."""
        self._allows_loopback = allows_loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host. Raises NotPublic when any of its addresses is none for strangers."""
        addresses = await self._resolve(host, port)
        if not all(self._may_connect(address) for address in addresses):
            raise NotPublic("the name leads into a private network")
        for address in addresses[: ADDRESSES_TRIED_MAX - 1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
        return await self._network.connect_tcp(
            addresses[-1], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a file is not on the network. Raises NotPublic."""
        raise NotPublic("a socket file is not on the public network")

    async def sleep(self, seconds: float) -> None:
        """Wait a while."""
        await asyncio.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVED_WITHIN_S):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            raise httpcore.ConnectError("the name is not known") from problem
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        if not found:
            raise httpcore.ConnectError("the name has no address")
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def _may_connect(self, address: str) -> bool:
        return is_public(address) or (self._allows_loopback and is_loopback(address))
