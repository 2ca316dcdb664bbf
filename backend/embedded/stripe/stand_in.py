"""The stand-in as a whole: the account, its API, what is delivered, and what is kept."""

import asyncio
from contextlib import suppress
from pathlib import Path

from actors.ports import Clock
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.api import Api
from backend.embedded.stripe.backing import Backing
from backend.embedded.stripe.checkout import expire_due
from backend.embedded.stripe.deliveries import Deliveries
from backend.embedded.stripe.idempotency import Idempotency
from backend.embedded.stripe.keeping import Keeper
from backend.embedded.stripe.troubles import Troubles
from backend.lasting import begin

LOOK_EVERY_S = 5.0
"""How often sessions are looked for whose time is over."""
API_VERSION = "2026-10-28.endive"
"""Whose shapes are imitated."""


class StandIn:
    """All of it; `start` and `stop` it."""

    def __init__(self, *, clock: Clock, backing_url: str, folder: Path, is_kept: bool) -> None:
        """Put it together; nothing runs yet."""
        self._backing = Backing(backing_url)
        self.account = Account(clock=clock, backing=self._backing, api_version=API_VERSION)
        self.idempotency = Idempotency()
        self.api = Api(self.account, self.idempotency)
        self.troubles = Troubles(self.api)
        self.deliveries = Deliveries()
        self.keeper = Keeper(folder, self.account, self.idempotency) if is_kept else None
        self.account.on_event = self.deliveries.take
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Remember what was kept, and begin to deliver."""
        self._tasks = [
            begin(self.deliveries.send_what_waits, "webhooks"),
            begin(self._expire, "expiring"),
        ]
        if self.keeper is not None:
            self.keeper.load()
            self._tasks.append(begin(self.keeper.keep, "keeping"))

    async def stop(self) -> None:
        """Deliver nothing more, and keep what there is."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.deliveries.close()
        await self._backing.close()
        if self.keeper is not None:
            self.keeper.save()

    async def forget(self) -> None:
        """Begin anew, as if nothing had ever been."""
        self.account.clear()
        self.idempotency.answers.clear()
        self.troubles.clear()
        self.deliveries.forget()
        await self._backing.forget()

    def changed(self) -> None:
        """Have what there is kept soon."""
        if self.keeper is not None:
            self.keeper.changed()

    async def _expire(self) -> None:
        async def expire() -> None:
            if expire_due(self.account):
                self.changed()

        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await self.api.by_itself(expire)
