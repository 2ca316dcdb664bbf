"""What the room has of a deployment: the chain it reads, and the limits that hold."""

import asyncio

from actors.ports import Clock
from backend.domains.usdc.limits import ByTier, LimitsInForce, in_force
from backend.domains.usdc.messages import NotOffered
from backend.integrations.chain import Chain, ChainSettings


class Usdc:
    """The chain and the limits; one for the whole process, a service of routes and jobs."""

    def __init__(self, settings: ChainSettings | None, by_tier: ByTier, clock: Clock) -> None:
        """Offer USDC on this chain, or on none; nothing is connected yet. Raises RpcUrlWrong."""
        self._settings = settings
        self._by_tier = by_tier
        self._chain = Chain(settings, clock) if settings is not None else None
        self._verifying = asyncio.Lock()
        self._is_verified = False

    @property
    def is_offered(self) -> bool:
        """Whether there is a chain."""
        return self._settings is not None

    @property
    def settings(self) -> ChainSettings:
        """Which chain, and which token on it. Raises NotOffered."""
        if self._settings is None:
            raise NotOffered
        return self._settings

    async def chain(self) -> Chain:
        """Give the chain; all of its nodes are looked at before the first use.

        Raises NotOffered, ChainProblem.
        """
        if self._chain is None:
            raise NotOffered
        async with self._verifying:
            if not self._is_verified:
                await self._chain.verify()
                self._is_verified = True
        return self._chain

    def limits(self, tier: str) -> LimitsInForce:
        """Say which limits hold for a tier."""
        return in_force(self._by_tier, tier)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._chain is not None:
            await self._chain.close()
