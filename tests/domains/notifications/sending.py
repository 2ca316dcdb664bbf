"""The side that sends: senders with the keys a test gives them, and workers that use them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import pytest

from actors.ports import Clock
from actors.turn import Turn
from backend import rooms
from backend.domains import notifications
from backend.domains.notifications import store
from backend.integrations.vapid import VapidKeys, WebPushSettings
from backend.integrations.web_push import WebPush
from backend.jobs.worker import JobWorker
from backend.persistence.jobs import Declared
from tests.jobs.workshop import working
from tests.support.servers import Servers


@asynccontextmanager
async def sender(*keys: VapidKeys) -> AsyncIterator[WebPush]:
    """Make a sender that may reach this machine; the first key is the one at hand."""
    private_keys = [pair.private_key for pair in keys]
    web_push = WebPush(
        WebPushSettings(
            private_key="".join(private_keys[:1]),
            former_private_keys=" ".join(private_keys[1:]),
            contact="mailto:push@example.org",
            allows_loopback=True,
        )
    )
    try:
        yield web_push
    finally:
        await web_push.close()


@asynccontextmanager
async def pushing_worker(
    servers: Servers, clock: Clock, web_push: WebPush
) -> AsyncIterator[JobWorker]:
    """Run a worker with the jobs of all rooms."""
    declared = Declared.of(rooms.modules("jobs"))
    async with working(servers, clock, declared=declared, services={WebPush: web_push}) as running:
        yield running


@contextmanager
def told_with(**facts: Any) -> Iterator[None]:
    """Have whatever rooms tell be told with these facts, by their turns and through the door."""

    def tell(turn: Turn, user_id: UUID, **told: Any) -> None:
        store.tell(turn, user_id, **{**told, **facts})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notifications, "tell", tell)
        yield
