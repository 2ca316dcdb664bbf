"""A client's life: one connection after the other, until it is closed or told to stop."""

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from protocol.clients.python.backoff import backoff_s
from protocol.clients.python.clock import Clock
from protocol.clients.python.connection import (
    LOST,
    OpenSocket,
    Socket,
    SocketClosed,
    comes_back,
)
from protocol.clients.python.conversation import Conversation
from protocol.clients.python.errors import Closed
from protocol.clients.python.listeners import Listeners
from protocol.clients.python.queue import CommandQueue
from protocol.clients.python.received import Welcome
from protocol.clients.python.secrets import Secrets, Shown
from protocol.clients.python.state import CUT, State, StateName
from protocol.clients.python.topics import Topics
from protocol.clients.python.wire import Wire
from protocol.closing import Closing
from protocol.frames import ClientInfo, Hello

STABLE_S = 5.0
"""A connection that lasted this long makes the next wait short again."""
log = logging.getLogger("tandem.client")


class Door(NamedTuple):
    """Where to connect to, and as whom."""

    url: str
    client: ClientInfo
    open_socket: OpenSocket
    open_within_s: float


class Ending(NamedTuple):
    """How a connection ended."""

    code: int
    reason: str
    retry_after_s: float = 0.0
    lasted_s: float = 0.0
    is_final: bool = False


class Life:
    """Connects, and connects again; keeps nothing but the state of that."""

    def __init__(  # noqa: PLR0913 - what it ties together
        self,
        door: Door,
        secrets: Secrets,
        *,
        wire: Wire,
        clock: Clock,
        random: Callable[[], float],
        queue: CommandQueue,
        topics: Topics,
        wake: asyncio.Event,
    ) -> None:
        self._door = door
        self._secrets = secrets
        self._wire = wire
        self._clock = clock
        self._random = random
        self._queue = queue
        self._topics = topics
        self._wake = wake
        self._task: asyncio.Task[None] | None = None
        self._cut = asyncio.Event()
        self._nudge = asyncio.Event()
        self.state = State(name="closed")
        self.stopped: Closed | None = None
        """Why it is closed, once it has been."""
        self.user_id: UUID | None = None
        self.on_state: Listeners[[State]] = Listeners()

    def _enter(self, state: State) -> None:
        self.state = state
        self.on_state.tell(state)

    def start(self) -> None:
        """Begin to connect, unless it goes on already."""
        if self._task is None or self._task.done():
            self.stopped = None
            self._topics.begin()
            self._secrets.begin()
            self._enter(State(name="connecting"))
            self._task = asyncio.create_task(self._live(), name="tandem client")

    async def end(self, reason: str) -> None:
        """Close the socket and stay away."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self.stopped is None:
            self._stop(Closed(reason))

    def cut(self) -> None:
        """Take the connection away and keep it away."""
        self._cut.set()
        self._nudge.set()

    def restore(self) -> None:
        """Let it connect again after a cut, at once."""
        self._cut.clear()
        self._nudge.set()

    def reconnect_now(self) -> None:
        """Cut the present wait short."""
        self._nudge.set()

    async def until(self, *names: StateName, timeout_s: float | None) -> State:
        """Wait for one of these states. Raises TimeoutError."""
        if self.state.name in names:
            return self.state
        entered: asyncio.Future[State] = asyncio.get_running_loop().create_future()

        def look(state: State) -> None:
            if state.name in names and not entered.done():
                entered.set_result(state)

        off = self.on_state.add(look)
        try:
            async with asyncio.timeout(timeout_s):
                return await entered
        finally:
            off()

    # --------------------------------------------------------------------------------- the loop

    async def _live(self) -> None:
        try:
            self._stop(await self._connect_again_and_again())
        except Exception:
            log.exception("the client has a bug")
            self._stop(Closed("internal"))

    async def _connect_again_and_again(self) -> Closed:
        """Go on until a close code says stop. How often is not bounded: how fast is."""
        tries = 0
        while True:
            if self._cut.is_set():
                self._enter(State(name="waiting", reason=CUT))
                self._nudge.clear()
                await self._clock.wait(self._nudge, None)
                continue
            if self.state.name != "connecting":
                self._enter(State(name="connecting"))
            ending = await self._attempt_unless_cut()
            if ending is None:
                continue
            if not comes_back(ending.code) and not self._renews(ending):
                return Closed(ending.reason, ending.code)
            tries = 0 if ending.lasted_s >= STABLE_S else tries
            wait_s = backoff_s(tries, self._random)
            tries += 1
            await self._wait(ending, ending.retry_after_s + wait_s)

    def _renews(self, ending: Ending) -> bool:
        return not ending.is_final and self._secrets.may_renew(ending.code)

    async def _wait(self, ending: Ending, wait_s: float) -> None:
        self._nudge.clear()
        if self._cut.is_set():
            return
        self._enter(
            State(name="waiting", reason=ending.reason, code=ending.code, retry_in_s=wait_s)
        )
        await self._clock.wait(self._nudge, wait_s)

    async def _attempt_unless_cut(self) -> Ending | None:
        attempt = asyncio.create_task(self._attempt())
        cut = asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait({attempt, cut}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cut_short = attempt.cancel()
            cut.cancel()
            await asyncio.gather(attempt, cut, return_exceptions=True)
        return None if cut_short else attempt.result()

    async def _attempt(self) -> Ending:
        socket: Socket | None = None
        conversation: Conversation | None = None
        opened_s: float | None = None
        try:
            async with asyncio.timeout(self._door.open_within_s):
                secrets = await self._secrets.fetch()
                socket = await self._door.open_socket(self._door.url, self._wire.subprotocol)
                conversation = self._conversation(socket)
                await conversation.hello(self._hello(secrets))
            opened_s = self._clock.elapsed_s()
            await conversation.go_on()
        except SocketClosed as closed:
            return Ending(
                closed.code,
                closed.reason,
                retry_after_s=conversation.retry_after_s if conversation else 0.0,
                lasted_s=self._clock.elapsed_s() - opened_s if opened_s is not None else 0.0,
                is_final=closed.is_final,
            )
        except TimeoutError:
            return Ending(LOST, f"no welcome within {self._door.open_within_s:g} s")
        finally:
            if socket is not None:
                await socket.close()

    def _conversation(self, socket: Socket) -> Conversation:
        return Conversation(
            socket,
            wire=self._wire,
            clock=self._clock,
            queue=self._queue,
            topics=self._topics,
            wake=self._wake,
            welcomed=self._welcomed,
        )

    def _hello(self, secrets: Shown) -> Hello:
        resume = self._topics.resume(self._queue.limits.topics_max)
        client = self._door.client
        return Hello(token=secrets.token, ticket=secrets.ticket, client=client, resume=resume)

    def _welcomed(self, welcome: Welcome) -> None:
        if self.user_id not in (None, welcome.user_id):
            reason = "this token is another person's; make another client for them"
            raise SocketClosed(Closing.UNAUTHENTICATED, reason, is_final=True)
        self.user_id = welcome.user_id
        self._secrets.taken()
        self._queue.begin(welcome.limits, welcome.user_id)
        self._topics.welcomed(welcome)
        self._enter(State(name="open"))

    def _stop(self, why: Closed) -> None:
        self.stopped = why
        self._queue.stop(why)
        self._topics.stop(why)
        self._enter(State(name="closed", reason=why.reason, code=why.code))
