"""What the gateway needs of the rooms, without naming one."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec

from actors.outcome import Outcome
from actors.principal import Principal
from protocol.closing import Closing
from protocol.messages import Ask


class Authenticator(Protocol):
    """Who knows what tokens open."""

    async def principal_of(self, token: str) -> Principal:
        """Say whose access token this is. Raises Unauthenticated."""

    async def redeem(self, ticket: str) -> Principal:
        """Take a one-use ticket. Raises Unauthenticated."""


class Meters(Protocol):
    """Who counts what goes through the gateway."""

    is_tracing: bool
    """Whether every command leaves a line in the log."""

    def answered(self, command_id: UUID, ask: type[Ask] | None, outcome: Outcome) -> None:
        """Count how an ask ended; without a type it could not even be read."""

    def closed(self, closing: Closing) -> None:
        """Count a socket that was closed by us."""


Missing = Callable[[UUID, datetime], None]
"""Who is told of people that were cut off and did not come back, and when they were last there."""

Positive = Annotated[int, msgspec.Meta(ge=1)]


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that a deployment may set."""

    calls_per_s_max: Positive = 50
    calls_burst_max: Positive = 200
    frames_per_s_max: Positive = 100
    frames_burst_max: Positive = 400
    problems_burst_max: Positive = 20
    sockets_per_user_max: Positive = 10
    sockets_max: Positive = 50_000
    arrivals_per_s_max: Positive = 300
    arrivals_burst_max: Positive = 30
    origins: tuple[str, ...] = ()
    """Origins whose pages may open sockets; empty means the server's own."""
