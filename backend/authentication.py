"""Authentication for the gateway: tokens and tickets are what the identity room says they are."""

from actors.ports import Clock
from actors.principal import Principal
from backend.domains import identity
from backend.domains.identity import IdentitySettings, PasswordCost
from backend.settings import Settings


class SessionAuthenticator:
    """Opens sockets to who holds an access token or a ticket."""

    def __init__(self, clock: Clock) -> None:
        """Judge expiry by this clock."""
        self._clock = clock

    async def principal_of(self, token: str) -> Principal:
        """Say whose access token this is. Raises Unauthenticated."""
        return await identity.principal_of_access_token(token, self._clock.now())

    async def redeem(self, ticket: str) -> Principal:
        """Take a one-use ticket. Raises Unauthenticated."""
        return await identity.redeem_ticket(ticket, self._clock.now())


CHEAP = PasswordCost(time_cost=1, memory_kib=8, at_once=1)


def identity_settings(settings: Settings) -> IdentitySettings:
    """Say what the identity room must know of the deployment's settings."""
    cost = CHEAP if settings.is_cheap else PasswordCost()
    return IdentitySettings(hash_key=settings.hash_key, passwords=cost)
