"""A socket: hello, then calls and topics, then goodbye."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import msgspec
import structlog

from actors.ports import Handle
from actors.principal import Principal
from backend.fanout.prepared import Prepared
from backend.fanout.subscription import Subscription
from backend.gateway.bucket import Bucket
from backend.gateway.calls import Calls
from backend.gateway.gateway import Gateway
from backend.gateway.wire import Wire
from backend.gateway.writer import Writer
from protocol.address import Address, users_address
from protocol.closing import Closing
from protocol.codec import Codec, RefusedCall
from protocol.common import (
    AlreadyGreeted,
    HelloExpected,
    Internal,
    Invalid,
    Malformed,
    NotFound,
    Overloaded,
    RateLimited,
    TopicsTooMany,
)
from protocol.frames import (
    Bye,
    Call,
    ClientFrame,
    Heartbeat,
    Hello,
    Join,
    Leave,
    Problem,
    SetPresence,
    Welcome,
)
from protocol.ids import uuid7
from protocol.limits import HEARTBEAT_S, HELLO_WITHIN_S, TOPICS_PER_SOCKET_MAX, Limits
from protocol.position import Position
from protocol.refusals import Refusal

log = structlog.get_logger()

OVERLOADED_RETRY_MS = 5_000


class Socket:
    """One WebSocket, from the side of the server."""

    __slots__ = (
        "_calls",
        "_calls_bucket",
        "_frames_bucket",
        "_greeting",
        "_hello_timer",
        "_joining",
        "_problems_bucket",
        "_reported",
        "_wire",
        "_writer",
        "codec",
        "gateway",
        "group",
        "is_gone",
        "principal",
        "topics",
    )

    principal: Principal

    def __init__(self, gateway: Gateway, wire: Wire, codec: Codec) -> None:
        """Wait for a hello."""
        self.gateway = gateway
        self.codec = codec
        self.group = next(gateway.groups)
        self.is_gone = False
        self.topics: dict[str, Subscription | None] = {}
        """The topics it follows; None while the past is about to be read."""
        self._wire = wire
        self._writer = Writer(wire, codec, gateway.flusher, self._overflowed)
        self._calls = Calls(self)
        self._reported: dict[str, Position] = {}
        self._joining = 0
        """How many joins have not ended; more than topics, where some were left meanwhile."""
        self._greeting: asyncio.Task[None] | None = None
        settings, now = gateway.settings, gateway.clock.monotonic()
        self._frames_bucket = Bucket(settings.frames_per_s_max, settings.frames_burst_max, now)
        self._calls_bucket = Bucket(settings.calls_per_s_max, settings.calls_burst_max, now)
        self._problems_bucket = Bucket(1, settings.problems_burst_max, now)
        self._hello_timer: Handle | None = gateway.clock.call_later(HELLO_WITHIN_S, self._no_hello)

    @property
    def user_id(self) -> UUID:
        """Whose it is."""
        return self.principal.user_id

    @property
    def is_greeted(self) -> bool:
        """Tell whether it is known whose it is."""
        return hasattr(self, "principal")

    # What the wire brings.

    def received(self, data: bytes, *, binary: bool) -> None:
        """Take a whole message: frames in order, each by itself."""
        if self.is_gone:
            return
        if binary is not self.codec.binary:
            self._wire.close(1003, "the other kind of frame was agreed on")
            return
        for frame in self.codec.decode(data):
            if self._has_gone():
                return
            if isinstance(frame, Refusal):
                self._undecodable(frame, data)
            elif self._counts():
                self._take(frame)

    def _has_gone(self) -> bool:
        """Tell whether a frame before has closed the socket."""
        return self.is_gone

    def pinged(self) -> None:
        """Count a ping or a pong as a frame."""
        if not self.is_gone:
            self._counts()

    def drained(self) -> None:
        """Write on: the peer reads again."""
        if not self.is_gone:
            self._writer.flush()

    def lost(self, *, said_goodbye: bool) -> None:
        """Let go of everything: the connection is gone."""
        if self.is_gone:
            self._wire.let_go()
            return
        self.is_gone = True
        if self.is_greeted:
            # What happens while it waits in line is no longer seen here.
            self.gateway.hub.left(self)
            if not said_goodbye:
                self.gateway.absences.lost(self.user_id, self._last_sign_at())
        self.gateway.losses.add(self._depart)

    def _depart(self) -> None:
        self._writer.drop()
        if self.gateway.is_ending:
            self._leave()
        else:
            self.gateway.departures.enter(self._leave, self._leave)

    def _leave(self) -> None:
        """Let go of what was lost, in its turn."""
        self._wire.let_go()
        self._let_go()
        if self.is_greeted:
            self.gateway.absences.let_go(self.user_id)

    def _last_sign_at(self) -> datetime:
        """Say when the peer last showed itself: every frame is counted, and every pong."""
        clock = self.gateway.clock
        return clock.now() - timedelta(seconds=clock.monotonic() - self._frames_bucket.touched_at)

    def _let_go(self) -> None:
        self.is_gone = True
        self._cancel_hello_timer()
        if self._greeting is not None:
            self._greeting.cancel()
            # How it ended leads back to us.
            self._greeting = None
        for topic in list(self.topics):
            self.forget_topic(topic)
        self._writer.drop()
        self.gateway.left(self)
        # They hold us as well: together we would wait for a collection, thousands after a storm.
        del self._writer, self._calls

    def _undecodable(self, refusal: Refusal, data: bytes) -> None:
        if isinstance(refusal, Malformed) and not self.codec.binary:
            try:
                data.decode()
            except UnicodeDecodeError:
                self._wire.close(1007, "text is UTF-8")
                return
        self.problem(refusal)

    def _counts(self) -> bool:
        """Count a frame; False when it was one too many and the socket is closed."""
        if self._frames_bucket.take(self.gateway.clock.monotonic()):
            return True
        self.close(Closing.FLOODING, self._frames_bucket.wait_ms())
        return False

    def _take(self, frame: ClientFrame | RefusedCall) -> None:
        if isinstance(frame, Hello):
            self._hello(frame)
        elif not self.is_greeted:
            self.problem(HelloExpected())
        elif isinstance(frame, Call):
            self._calls.take(frame, self.principal)
        elif isinstance(frame, RefusedCall):
            self._calls.refuse(frame)
        elif isinstance(frame, Join):
            self._join(frame)
        elif isinstance(frame, Leave):
            self.forget_topic(frame.topic)
        elif isinstance(frame, SetPresence):
            self.gateway.presence.says(self, frame.topic, frame.doing, away=frame.away)

    def take_from_bucket(self) -> None:
        """Count a call. Raises RateLimited."""
        if not self._calls_bucket.take(self.gateway.clock.monotonic()):
            raise RateLimited(retry_after_ms=self._calls_bucket.wait_ms())

    # Hello.

    def _hello(self, hello: Hello) -> None:
        if self._hello_timer is None:
            self.problem(AlreadyGreeted())
            return
        if (hello.token is None) is (hello.ticket is None):
            problem = "A hello has a `token` or a `ticket`, one of the two"
            self.problem(Invalid(path="$", problem=problem))
            return
        self._cancel_hello_timer()
        self.gateway.greetings.enter(
            partial(self._answer, hello),
            partial(self.close, Closing.OVERLOADED, OVERLOADED_RETRY_MS),
            self._has_gone,
        )

    def _answer(self, hello: Hello) -> None:
        if not self.is_gone:
            self._greeting = asyncio.create_task(self._greet(hello))

    async def _greet(self, hello: Hello) -> None:
        try:
            principal = await self._authenticate(hello)
        except Refusal as refusal:
            self.problem(refusal)
            if refusal.temporary:
                self.close(Closing.TEMPORARY, 1_000)
            else:
                self.close(Closing.UNAUTHENTICATED)
            return
        except Exception:
            reference = uuid4().hex[:12]
            log.exception("a hello could not be answered", reference=reference)
            self.problem(Internal(reference=reference))
            self.close(Closing.TEMPORARY, 1_000)
            return
        if self.is_gone:
            return
        self.principal = principal
        self.gateway.greeted(self)
        self.send(self._welcome())
        self._join_at_hello(hello)
        self._greeting = None

    async def _authenticate(self, hello: Hello) -> Principal:
        if hello.ticket is not None:
            return await self.gateway.authenticator.redeem(hello.ticket)
        return await self.gateway.authenticator.principal_of(hello.token or "")

    def _welcome(self) -> Welcome:
        settings = self.gateway.settings
        limits = Limits(
            calls_per_s_max=settings.calls_per_s_max, calls_burst_max=settings.calls_burst_max
        )
        return Welcome(
            session=str(uuid7()),
            user_id=self.user_id,
            now=self.gateway.clock.now(),
            heartbeat_s=HEARTBEAT_S,
            limits=limits,
        )

    def _join_at_hello(self, hello: Hello) -> None:
        """Join what every socket follows, and what this one followed before."""
        wanted: dict[str, str | None] = {
            users_address(self.user_id): None,
            **dict.fromkeys(self.gateway.public_topics),
            **hello.resume,
        }
        for topic, pos in wanted.items():
            self._join(Join(topic=topic, pos=pos))

    def _cancel_hello_timer(self) -> None:
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None

    def _no_hello(self) -> None:
        self._hello_timer = None
        self.close(Closing.HELLO_TIMEOUT)

    # Topics.

    def _join(self, join: Join) -> None:
        topic = join.topic
        try:
            position = Position.parse(join.pos) if join.pos else None
            if topic not in self.topics and len(self.topics) >= TOPICS_PER_SOCKET_MAX:
                raise TopicsTooMany(count_max=TOPICS_PER_SOCKET_MAX)
        except ValueError:
            self.problem(Invalid(path="$.pos", problem="This is no position"), topic)
            return
        except Refusal as refusal:
            self.problem(refusal, topic)
            return
        if self.topics.get(topic, self) is None:
            return  # it is being joined already
        if self._joining >= TOPICS_PER_SOCKET_MAX:
            self.problem(Overloaded(what="joins of this socket"), topic)
            return
        if topic in self.topics:
            self.gateway.hub.unsubscribe(topic, self)
        self.topics[topic] = None
        self._joining += 1
        self.gateway.start(self._join_in_turn(Address(topic), position))

    async def _join_in_turn(self, topic: Address, position: Position | None) -> None:
        try:
            await self.gateway.joins.join(self, topic, position)
        finally:
            self._joining -= 1

    def forget_topic(self, topic: str) -> None:
        """Follow a topic no longer."""
        if topic in self.topics:
            del self.topics[topic]
            self._reported.pop(topic, None)
            self.gateway.hub.unsubscribe(topic, self)
            self.gateway.presence.left(self, topic)

    def expelled(self, topic: str) -> None:
        """Follow a topic no longer, and say so: it answers now as one that does not exist."""
        if topic in self.topics:
            self.forget_topic(topic)
            self.send(Problem(refused=NotFound(what="topic").refused(), topic=topic))

    def lagged(self, topic: str) -> None:
        """Close: more happened in a topic than could be kept while its past was read."""
        log.info("a join was overtaken", topic=topic)
        self.close(Closing.LAGGING, 100)

    # What leaves.

    def send(self, frame: msgspec.Struct) -> None:
        """Send one frame."""
        if not self.is_gone:
            self._writer.put(Prepared(self.codec.encode(frame), binary=self.codec.binary))

    def send_prepared(self, message: Prepared) -> None:
        """Send what was encoded for many."""
        if not self.is_gone:
            self._writer.put(message)

    def problem(self, refusal: Refusal, topic: str | None = None) -> None:
        """Say why a frame was not granted; who does not stop is closed."""
        if self._problems_bucket.take(self.gateway.clock.monotonic()):
            self.send(Problem(refused=refusal.refused(), topic=topic))
        else:
            self.close(Closing.FLOODING, 1_000)

    def beat(self) -> None:
        """Send a heartbeat, with the heads that moved since the last one."""
        if self.is_gone:  # Another's heartbeat in the same round was too much for somebody.
            return
        heads: dict[str, str] = {}
        for topic in self.topics:
            head = self.gateway.hub.heads.get(topic)
            if head is not None and self._reported.get(topic) != head:
                self._reported[topic] = head
                heads[topic] = str(head)
        self._calls.give_up_old(self.gateway.clock.monotonic())
        self.send(Heartbeat(now=self.gateway.clock.now(), heads=heads))

    def close(self, closing: Closing, retry_after_ms: int | None = None) -> None:
        """Say goodbye, and why, and close."""
        if self.is_gone:
            return
        self.gateway.meters.closed(closing)
        bye = Bye(reason=closing.reason, retry_after_ms=retry_after_ms)
        self._writer.finish(Prepared(self.codec.encode(bye), binary=self.codec.binary))
        self._wire.close(closing.value, closing.reason)
        self._let_go()

    def _overflowed(self) -> None:
        self.close(Closing.SLOW_CONSUMER, 1_000)
