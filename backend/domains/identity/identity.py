"""What the room needs of the house, in one object that assembly makes and routes are given."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from litestar.datastructures import State
from redis.asyncio import Redis

from actors.ports import Clock
from backend.domains.identity.origins import check_return_to
from backend.domains.identity.passwords import Passwords
from backend.domains.identity.settings import IdentitySettings
from backend.domains.identity.throttle import Throttle, Try, network_of
from backend.integrations.oidc import OidcClient
from backend.persistence.guards import Connection
from backend.persistence.outbox import OutboxJob
from backend.persistence.with_jobs import Later, Relay, transaction_with_jobs
from protocol.ids import uuid7

SignUpHook = Callable[[Connection, UUID, datetime], Awaitable[None]]
"""Does what another room owes a new person, in the transaction that makes them."""

WakeHook = Callable[[UUID, datetime], Awaitable[None]]
"""Does what another room owes somebody whose account wakes, in the transaction that wakes it, or
refuses to have it woken."""

RestHook = Callable[[UUID], Awaitable[None]]
"""Refuses to have an account rest, for something of another room that cannot be left alone."""

SessionsClosed = Callable[[Sequence[UUID], str], None]
"""Hears which sessions have ended, and why, once that is durable; so sockets can be closed."""


class Ending(StrEnum):
    """Why a session was ended before its time."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    REUSED = "refresh_token_reused"
    TOO_MANY = "too_many_sessions"
    ROLE_TAKEN = "role_taken"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    EMAIL_PROVED = "email_proved"
    DEACTIVATED = "deactivated"


def _nobody_listens(_session_ids: Sequence[UUID], _reason: str) -> None:
    """Close nothing: there are no sockets in this process."""


def _nobody_brings(_jobs: list[OutboxJob]) -> None:
    """Leave jobs to be found in their table."""


class Identity:
    """The room's settings, clock, passwords and throttle, and whom it tells what."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        settings: IdentitySettings,
        clock: Clock,
        redis: Redis | None = None,
        *,
        on_sign_up: Sequence[SignUpHook] = (),
        on_wake: Sequence[WakeHook] = (),
        on_rest: Sequence[RestHook] = (),
        sessions_closed: SessionsClosed = _nobody_listens,
        relay: Relay = _nobody_brings,
        providers: Mapping[str, OidcClient] = MappingProxyType({}),
    ) -> None:
        """Tie it together; `redis` may be away at any time, or for good (None).

        `relay` brings jobs to the workers once they are committed; without it they look for them.
        """
        self.settings = settings
        self.clock = clock
        self.on_sign_up = on_sign_up
        self.on_wake = on_wake
        self.on_rest = on_rest
        self.passwords = Passwords(settings.passwords)
        self._throttle = Throttle(clock, redis, settings.hash_key)
        self._sessions_closed = sessions_closed
        self._relay = relay
        self.providers = providers
        """Where people may have an account by which they come in."""

    def transaction(self) -> AbstractAsyncContextManager[Later]:
        """Begin something that is done as one, with what it wants done later."""
        return transaction_with_jobs(self.clock, self._relay)

    async def count(self, **keys: str) -> None:
        """Count a try under each of these limits. Raises RateLimited, with none counted."""
        await self._throttle.take(*self._tries(keys))

    async def uncount(self, **keys: str) -> None:
        """Take tries back that turned out well."""
        await self._throttle.give_back(*self._tries(keys))

    def _tries(self, keys: dict[str, str]) -> list[Try]:
        limits = self.settings.limits
        return [Try(name, getattr(limits, name), key) for name, key in keys.items()]

    def leads_to(self, return_to: str | None) -> str:
        """Say where somebody is led: where they want to, or home. Raises ReturnToNotAllowed."""
        wanted = return_to or self.settings.public_url
        check_return_to(wanted, self.settings.return_to)
        return wanted

    def hash_of_address(self, address: str) -> bytes:
        """Hash an address so that two can be compared, and neither be read."""
        key = self.settings.hash_key.encode()
        return hmac.digest(key, network_of(address).encode(), hashlib.sha256)

    def new_id(self, now: datetime) -> UUID:
        """Make an identifier for something that comes into being now."""
        return uuid7(int(now.timestamp() * 1000))

    def closed(self, session_ids: Sequence[UUID], reason: Ending) -> None:
        """Let the sockets of sessions be closed; only called when their end is durable."""
        if session_ids:
            self._sessions_closed(session_ids, reason.value)

    def close(self) -> None:
        """Let go of the threads."""
        self.passwords.close()


def identity_of(state: State) -> Identity:
    """Find the room's object; assembly has put it into the application's state."""
    found: Identity = state.identity
    return found
