"""Fixtures of the integrations' tests."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from actors.ports import Clock
from backend.clock import SystemClock
from backend.integrations.chain import Chain, ChainSettings
from tests.support.chain import LocalChain
from tests.support.rpc_proxy import RpcProxy, rpc_proxy

CLOCK = SystemClock()


class Reading(Protocol):
    """Opens a chain by certain settings."""

    def __call__(self, settings: ChainSettings, clock: Clock = ...) -> Chain:
        """Open it until the test has ended."""


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    """Read a chain by certain settings."""
    opened: list[Chain] = []

    def read(settings: ChainSettings, clock: Clock = CLOCK) -> Chain:
        opened.append(Chain(settings, clock))
        return opened[-1]

    yield read
    for chain in opened:
        await chain.close()


@pytest.fixture
def chain(reading: Reading, local_chain: LocalChain) -> Chain:
    """The chain as it is read when all is well, with three blocks on top of one that counts."""
    return reading(local_chain.settings())


@pytest.fixture
async def proxy(local_chain: LocalChain) -> AsyncIterator[RpcProxy]:
    """A node before the chain that does not always do what it should."""
    async with rpc_proxy(local_chain.url) as running:
        yield running
