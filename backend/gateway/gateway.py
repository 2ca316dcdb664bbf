"""The gateway: all sockets of this process, and what they share."""

import asyncio
import itertools
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.ports import Clock
from actors.system import System
from backend import collecting, lasting
from backend.fanout.fanout import Fanout
from backend.fanout.ports import TopicAccess
from backend.gateway.absences import Absences
from backend.gateway.joins import Joins
from backend.gateway.line import Line
from backend.gateway.ports import Authenticator, GatewaySettings, Meters, Missing
from backend.gateway.presence import PresenceBook
from backend.gateway.rounds import Rounds
from backend.gateway.writer import Flusher
from protocol.closing import Closing
from protocol.limits import HEARTBEAT_S
from protocol.messages import Event

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

DEPARTURES_PER_S = 500
DEPARTURES_PER_S_MAX = 1_000
DEPARTURES_BURST_MAX = 30
DEPARTURES_WAITING_MAX = 50_000
"""Sockets that were lost are let go of no faster than this; nothing is sent to them meanwhile.

Those who come back go first. They wait for it, and nobody waits to be let go of; and who is there
again by then has not left any topic.
"""
OPENED_BETWEEN_SEARCHES = 8
"""Some thousand objects; to search them takes a millisecond."""
ARRIVAL_WAIT_MAX_S = 9.0
"""Clients wait ten seconds for their socket; who would wait longer is told to come again."""
BEATS_SPREAD = 50
"""Sockets are beaten in this many groups, so that not all are written to at once."""


class Gateway:
    """The sockets of a process."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        *,
        system: System,
        fanout: Fanout,
        node_id: UUID,
        authenticator: Authenticator,
        access: TopicAccess,
        clock: Clock,
        settings: GatewaySettings,
        events: Mapping[str, type[Event]],
        meters: Meters,
        missing: Missing,
        public_topics: tuple[str, ...] = (),
    ) -> None:
        """Begin with no sockets; every socket joins the public topics by itself."""
        self.system = system
        self.hub = fanout.hub
        self.feeds = fanout.feeds
        self.authenticator = authenticator
        self.clock = clock
        self.settings = settings
        self.meters = meters
        self.public_topics = public_topics
        self.flusher = Flusher()
        self.arrivals, self.greetings = (
            Line(
                settings.arrivals_per_s_max,
                settings.arrivals_burst_max,
                waiting_max=int(settings.arrivals_per_s_max * ARRIVAL_WAIT_MAX_S),
            )
            for _ in range(2)
        )
        """Sockets that come one by one may say hello all at once, and that costs more."""
        self.losses = Rounds()
        """Sockets whose connection has ended; each enters the departures next."""
        self.departures = Line(
            DEPARTURES_PER_S,
            DEPARTURES_BURST_MAX,
            waiting_max=DEPARTURES_WAITING_MAX,
            per_s_max=DEPARTURES_PER_S_MAX,
            gives_way_to=(self.arrivals, self.greetings),
        )
        self.joins = Joins(access, events)
        self.presence = PresenceBook(fanout.hub, clock, node_id, fanout.relay.tell)
        fanout.accompany(self.presence)
        self.absences = Absences(fanout.hub, clock, missing)
        self.sockets: dict[Socket, None] = {}
        self._opened = 0
        self.closing: Closing | None = None
        """Why nobody is taken in any more; None while everybody is."""
        self.is_ending = False
        """Whether nobody ever will be again."""
        self.groups = itertools.cycle(range(BEATS_SPREAD))
        self._tasks: set[asyncio.Task[None]] = set()
        self._beating: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that belongs to a socket."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, within_s: float) -> None:
        """Wait for what was started for sockets; there are none any more."""
        if self._beating is not None:
            self._beating.cancel()
            self._beating = None
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    @property
    def open_sockets(self) -> int:
        """Count the sockets that are open; who was lost may still wait to be let go of."""
        return len(self.sockets) - len(self.losses) - len(self.departures)

    def opened(self, socket: "Socket") -> None:
        """Take a socket in, before it is known whose it is."""
        self.sockets[socket] = None
        self._opened += 1
        if self._opened % OPENED_BETWEEN_SEARCHES == 0:
            collecting.grown()
        if self._beating is None:
            self._beating = lasting.begin(self._beat, "heartbeats of sockets")

    def greeted(self, socket: "Socket") -> None:
        """Note whose a socket is; the person's oldest goes when they have too many."""
        self.absences.came(socket.user_id)
        if self.hub.arrived(socket) > self.settings.sockets_per_user_max:
            oldest = next(
                open_
                for open_ in self.sockets
                if open_.is_greeted and not open_.is_gone and open_.user_id == socket.user_id
            )
            oldest.close(Closing.REPLACED)

    def left(self, socket: "Socket") -> None:
        """Let go of a socket."""
        self.sockets.pop(socket, None)
        if socket.is_greeted:
            self.hub.left(socket)

    def close_sessions(self, session_ids: set[UUID], closing: Closing) -> None:
        """Close every socket that was opened with one of these sessions."""
        for socket in list(self.sockets):
            if socket.is_greeted and socket.principal.session_id in session_ids:
                socket.close(closing)

    async def _beat(self) -> None:
        while True:
            for group in range(BEATS_SPREAD):
                await self.clock.sleep(HEARTBEAT_S / BEATS_SPREAD)
                for socket in list(self.sockets):
                    if socket.group == group and socket.is_greeted:
                        socket.beat()

    @property
    def is_closing(self) -> bool:
        """Tell whether nobody is taken in any more."""
        return self.closing is not None

    def open_again(self) -> None:
        """Take sockets in again."""
        self.closing = None

    async def close_all(self, closing: Closing, over_s: float = 0.0) -> None:
        """Take nobody in any more, and say goodbye to every socket.

        It is spread over a while, so that they do not all come to the next server at once; whoever
        is left when it is to `open_again` stays.
        """
        self.closing = closing
        sockets = list(self.sockets)
        for place, socket in enumerate(sockets):
            if not self.is_closing:
                return
            retry_after_ms = int(1_000 * over_s * place / max(1, len(sockets)))
            socket.close(closing, retry_after_ms)
            if over_s:
                await self.clock.sleep(over_s / len(sockets))

    async def end(self, over_s: float = 0.0) -> None:
        """Say goodbye to everybody for good; who was lost before is not waited for either."""
        self.is_ending = True
        await self.close_all(Closing.MOVING, over_s)
        self.losses.hurry()
        self.departures.hurry()
