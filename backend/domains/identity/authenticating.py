"""Authenticating: whose token this is, for one or for thousands at once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from actors.principal import Principal
from backend.domains.identity import session_store
from backend.domains.identity.tokens import TokenKind, hash_of
from backend.gathering import Gathering
from protocol.common import Unauthenticated

Shown = tuple[str, datetime]
"""A token or ticket, and when it was shown."""
Find = Callable[[Sequence[bytes], datetime], Awaitable[dict[bytes, Principal]]]


async def authenticate_many(tokens: Sequence[str], now: datetime) -> list[Principal | None]:
    """Say whose access tokens these are, in one query; None for those that open nothing."""
    return await _find(tokens, TokenKind.ACCESS, session_store.authenticate, now)


async def redeem_many(tickets: Sequence[str], now: datetime) -> list[Principal | None]:
    """Take one-use tickets, in one query; None for those that open nothing (any more)."""
    return await _find(tickets, TokenKind.TICKET, session_store.redeem, now)


async def _find(
    tokens: Sequence[str], kind: TokenKind, find: Find, now: datetime
) -> list[Principal | None]:
    hashes = [hash_of(token, kind) for token in tokens]
    wanted = list(dict.fromkeys(found for found in hashes if found is not None))
    principals = await find(wanted, now) if wanted else {}
    if kind is TokenKind.TICKET:
        # The same ticket twice at once: the first to come has it.
        return [principals.pop(found, None) if found else None for found in hashes]
    return [principals.get(found) if found else None for found in hashes]


def _at_once(
    find_many: Callable[[Sequence[str], datetime], Awaitable[list[Principal | None]]],
) -> Callable[[Sequence[Shown]], Awaitable[list[Principal | None]]]:
    async def find(shown: Sequence[Shown]) -> list[Principal | None]:
        # The latest clock is right for all: what has expired since they came is expired.
        return await find_many([token for token, _ in shown], max(at for _, at in shown))

    return find


_access_tokens = Gathering("tokens to check", _at_once(authenticate_many))
_tickets = Gathering("tickets to take", _at_once(redeem_many))


async def principal_of_access_token(token: str, now: datetime) -> Principal:
    """Say whose access token this is. Raises Unauthenticated.

    Calls that come while a query is on its way share the next one.
    """
    principal = await _access_tokens.find((token, now))
    if principal is None:
        raise Unauthenticated
    return principal


async def redeem_ticket(ticket: str, now: datetime) -> Principal:
    """Take a one-use ticket. Raises Unauthenticated; shares queries as above."""
    principal = await _tickets.find((ticket, now))
    if principal is None:
        raise Unauthenticated
    return principal
