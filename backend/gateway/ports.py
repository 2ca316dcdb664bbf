"""What the gateway needs of the rooms, without naming one."""

from typing import Any, Protocol

import msgspec

from actors.principal import Principal
from protocol.address import Address


class Authenticator(Protocol):
    """Who knows what tokens open."""

    async def principal_of(self, token: str) -> Principal:
        """Say whose access token this is. Raises Unauthenticated."""

    async def redeem(self, ticket: str) -> Principal:
        """Take a one-use ticket. Raises Unauthenticated."""


class TopicAccess(Protocol):
    """Who knows who may read what."""

    async def may_read(self, topic: Address, principal: Principal) -> bool:
        """Tell whether a person may follow a topic now."""

    async def snapshot(self, topic: Address, principal: Principal) -> dict[str, Any]:
        """Show a reader the whole state of a topic, within the moment of the caller."""


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that a deployment may set."""

    calls_per_s_max: int = 50
    calls_burst_max: int = 200
    frames_per_s_max: int = 100
    frames_burst_max: int = 400
    problems_burst_max: int = 20
    sockets_per_user_max: int = 10
    sockets_max: int = 50_000
    origins: tuple[str, ...] = ()
    """Origins whose pages may open sockets; empty means the server's own."""


