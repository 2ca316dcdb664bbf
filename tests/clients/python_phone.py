"""Phones with the Python client."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from protocol.clients.python import Client, Subscription
from protocol.clients.python.state import StateName
from protocol.clients.python.wire import Format
from tests.clients.phone import Fields, Phone
from tests.clients.script_server import WITHIN_S


class HandClock:
    """A clock that stands still until it is advanced."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self._elapsed_s = 1000.0
        self._waiting: dict[asyncio.Future[None], float] = {}

    def now(self) -> datetime:
        """Tell the date and time."""
        return self._now

    def elapsed_s(self) -> float:
        """Tell the seconds since some moment."""
        return self._elapsed_s

    async def wait(self, event: asyncio.Event, timeout_s: float | None) -> bool:
        """Wait for the event, or until the clock has been advanced far enough."""
        due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if timeout_s is not None:
            self._waiting[due] = self._elapsed_s + timeout_s
            self._ring()
        came = asyncio.ensure_future(event.wait())
        waited: set[asyncio.Future[Any]] = {due, came}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            came.cancel()
            self._waiting.pop(due, None)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let time go on."""
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds
        self._ring()

    def _ring(self) -> None:
        for due, at_s in self._waiting.items():
            if at_s <= self._elapsed_s and not due.done():
                due.set_result(None)


class ListStore:
    """Keeps the queue in a list."""

    def __init__(self, kept: list[Fields]) -> None:
        self.kept = kept

    def load(self) -> list[Fields]:
        """Read the list."""
        return self.kept

    def save(self, commands: list[Fields]) -> None:
        """Put another in its place."""
        self.kept = commands


class PythonPhone(Phone):
    """A phone with the Python client."""

    def __init__(self, url: str, form: Format, options: Fields) -> None:
        self._clock = HandClock()
        self._tokens: list[str | None] = options.pop("tokens", ["token"])
        self._renewals: list[str | None] | None = options.pop("renewals", None)
        luck: float = options.pop("random", 0.0)
        in_real_time: bool = options.pop("in_real_time", False)
        self._store = ListStore(options.pop("kept", []))
        self.client = Client(
            url,
            token=self._token if self._renewals is None else self._tokens[0],
            renew=None if self._renewals is None else self._renew,
            format=form,
            clock=None if in_real_time else self._clock,
            random=lambda: luck,
            store=self._store,
            **options,
        )
        self._heard: dict[str, asyncio.Queue[Fields]] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._listen()

    def _token(self) -> str:
        return _given(self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0])

    async def _renew(self) -> str:
        assert self._renewals is not None
        return _given(self._renewals.pop(0))

    def _listen(self) -> None:
        client = self.client
        client.on_push(
            lambda event, topic, pos, at: self._hear(
                "push", event=event, topic=topic, pos=pos, at=at
            )
        )
        client.on_snapshot(
            lambda state, topic, pos: self._hear("snapshot", state=state, topic=topic, pos=pos)
        )
        client.on_presence(
            lambda presence: self._hear("presence", **msgspec.structs.asdict(presence))
        )
        client.on_problem(
            lambda refused, topic: self._hear("problem", code=refused.code, topic=topic)
        )
        client.on_answer(
            lambda kept, ok, refused: self._hear(
                "answer", id=kept.id, ok=ok, code=getattr(refused, "code", None)
            )
        )

    def _hear(self, what: str, **fields: Any) -> None:
        self._queue_of(what).put_nowait(msgspec.to_builtins(fields))

    def _queue_of(self, what: str) -> asyncio.Queue[Fields]:
        return self._heard.setdefault(what, asyncio.Queue())

    async def do(self, wish: str, **args: Any) -> Any:
        """Do it here."""
        return await getattr(self, f"_{wish}")(**args)

    async def ask(
        self,
        do: Fields,
        *,
        to: str | None = None,
        id: str | None = None,  # noqa: A002
        made_at: str | None = None,
        back_dated: bool = False,
    ) -> asyncio.Task[Any]:
        """Begin to ask, up to the first wait."""
        task = asyncio.create_task(
            self.client.ask(
                do,
                to=to,
                id=UUID(id) if id else None,
                made_at=datetime.fromisoformat(made_at) if made_at else None,
                back_dated=back_dated,
            )
        )
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.sleep(0)  # The task has run up to its first wait.
        return task

    async def _start(self) -> None:
        self.client.start()

    async def _connect(self, timeout_s: float) -> None:
        await self.client.connect(timeout_s)

    async def _close(self) -> None:
        await self.client.close()

    async def _cut(self) -> None:
        self.client.cut()

    async def _restore(self) -> None:
        self.client.restore()

    async def _join(self, topic: str) -> None:
        self._subscriptions[topic] = self.client.join(topic)

    async def _ready(self, topic: str) -> None:
        await self._subscriptions[topic].ready()

    async def _leave(self, topic: str) -> None:
        self.client.leave(topic)

    async def _refresh(self, topic: str) -> None:
        self._subscriptions[topic].refresh()

    async def _set_presence(self, topic: str, doing: str | None, *, away: bool) -> None:
        self.client.set_presence(topic, doing, away=away)

    async def _next(self, what: str) -> Fields:
        async with asyncio.timeout(WITHIN_S):
            return await self._queue_of(what).get()

    async def _until(self, names: tuple[StateName, ...]) -> Fields:
        return msgspec.structs.asdict(await self.client.until(*names, timeout_s=WITHIN_S))

    async def _queued(self) -> list[Fields]:
        return [msgspec.to_builtins(kept) for kept in self.client.queued]

    async def _saved(self) -> list[Fields]:
        return self._store.kept

    async def _advance(self, seconds: float) -> None:
        self._clock.advance(seconds)


def _given(token: str | None) -> str:
    if token is None:
        raise OSError("no network")
    return token


class PythonPhones:
    """Makes phones with the Python client, for one wire format."""

    def __init__(self, form: Format) -> None:
        self._form: Format = form
        self._made: list[PythonPhone] = []

    async def __call__(self, url: str, **options: Any) -> PythonPhone:
        """Make one."""
        phone = PythonPhone(url, self._form, options)
        self._made.append(phone)
        return phone

    async def close(self) -> None:
        """Close what is left open."""
        for phone in self._made:
            await phone.close()
