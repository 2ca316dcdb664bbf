"""Providers on this machine, and clients that know them."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from backend.integrations.oidc import OidcClient, OidcSettings
from tests.integrations.oidc.visit import MakeClient
from tests.support.clock import FakeClock
from tests.support.oidc_provider import OidcProvider, oidc_provider


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still at the present, by which the providers date their tokens."""
    return FakeClock(datetime.now(UTC))


@pytest.fixture(scope="session")
def running_provider() -> Iterator[OidcProvider]:
    """Providers for this test process."""
    with oidc_provider() as running:
        yield running


@pytest.fixture
async def provider(running_provider: OidcProvider) -> OidcProvider:
    """Providers that nobody has asked yet, and that answer as they should."""
    await running_provider.reset()
    return running_provider


@pytest.fixture
async def make_client(clock: FakeClock) -> AsyncIterator[MakeClient]:
    """Make clients; they end with the test."""
    made: list[OidcClient] = []

    def make(settings: OidcSettings) -> OidcClient:
        made.append(OidcClient(settings, clock))
        return made[-1]

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def client(provider: OidcProvider, make_client: MakeClient) -> OidcClient:
    """A client that has not asked its provider anything yet."""
    return make_client(provider.settings())
