"""Calls: from a frame to the mailbox of an actor, and from its outcome to a reply."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from msgspec import Raw

from actors.letter import Letter
from actors.outcome import Outcome
from actors.principal import Principal
from protocol.address import Address, key_of, kind_of, users_address
from protocol.codec import RefusedCall
from protocol.common import (
    Forbidden,
    IdExpired,
    IdNotTimed,
    MadeAtAhead,
    MadeAtTooOld,
    NotFound,
    Overloaded,
    TimedOut,
    WrongActor,
)
from protocol.frames import Call, Reply
from protocol.ids import made_at_ms
from protocol.limits import CALLS_IN_FLIGHT_MAX, ID_AHEAD_MAX, ID_KEPT, MADE_AT_SKEW_MAX
from protocol.messages import Ask, Command, Role
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

log = structlog.get_logger()

CALL_TIMEOUT_S = 30.0
_ID_KEPT_MS = int(ID_KEPT.total_seconds() * 1000)
_ID_AHEAD_MAX_MS = int(ID_AHEAD_MAX.total_seconds() * 1000)


def check_id(command_id: UUID, now: datetime) -> None:
    """Refuse an id of which it could not be known whether it was done.

    Raises IdNotTimed, IdExpired.
    """
    made_ms = made_at_ms(command_id)
    now_ms = int(now.timestamp() * 1000)
    if made_ms is None or made_ms > now_ms + _ID_AHEAD_MAX_MS:
        raise IdNotTimed
    if made_ms < now_ms - _ID_KEPT_MS:
        raise IdExpired(days_max=ID_KEPT.days)


def check_made_at(ask: Ask, made_at: datetime | None, now: datetime) -> datetime | None:
    """Say when the person acted. Raises MadeAtAhead, MadeAtTooOld."""
    if made_at is None:
        return None
    # Compared before it is brought to UTC: at the ends of time there is no such moment there.
    if made_at > now:
        if made_at - now > MADE_AT_SKEW_MAX:
            raise MadeAtAhead(ahead_s=int((made_at - now).total_seconds()))
        return now
    allowed = ask.back_dated_max if isinstance(ask, Command) else MADE_AT_SKEW_MAX
    if now - made_at > max(allowed, MADE_AT_SKEW_MAX):
        raise MadeAtTooOld(back_dated_max_s=int(allowed.total_seconds()))
    return made_at.astimezone(UTC)


def address_for(ask: Ask, to: str | None, principal: Principal) -> Address:
    """Say which actor an ask is for. Raises WrongActor, NotFound."""
    if to is None:
        if ask.actor == "user":
            return users_address(principal.user_id)
        to = ask.actor
    if kind_of(to) != ask.actor:
        raise WrongActor(expected=ask.actor)
    if "/" in to:
        try:
            key_of(to)
        except ValueError:
            raise NotFound(what=ask.actor) from None
    return Address(to)


def check_role(role: Role, principal: Principal) -> None:
    """Refuse what is for another role. Raises Forbidden."""
    if role is Role.ADMIN and principal.role is not Role.ADMIN:
        raise Forbidden(role=role.value)


class Calls:
    """The calls of one socket that wait for their outcome."""

    __slots__ = ("_in_flight", "_socket", "_waiting")

    def __init__(self, socket: "Socket") -> None:
        """Begin with none."""
        self._socket = socket
        self._waiting: dict[UUID, float] = {}
        """Since when each id waits, the oldest first."""
        self._in_flight = 0
        """How many have no outcome yet; an id that is repeated counts again."""

    def take(self, call: Call, principal: Principal) -> None:
        """Send a call on its way; whatever becomes of it, it is replied to."""
        socket = self._socket
        now = socket.gateway.clock.now()
        ask: Ask | None = None
        try:
            socket.take_from_bucket()
            if self._in_flight >= CALLS_IN_FLIGHT_MAX:
                raise Overloaded(what="calls of this socket in flight")
            ask = socket.codec.decode_ask(call.do)
            check_role(ask.role, principal)
            check_id(call.id, now)
            address = address_for(ask, call.to, principal)
            made_at = check_made_at(ask, call.made_at, now)
        except Refusal as refusal:
            kind = None if ask is None else type(ask)
            self._answer(call.id, kind, Outcome.of(refusal))
            return
        if socket.gateway.meters.is_tracing:
            log.debug(
                "a command came",
                correlation_id=call.id,
                to=address,
                session_id=principal.session_id,
                command=ask,
            )
        self._waiting.setdefault(call.id, socket.gateway.clock.monotonic())
        self._in_flight += 1
        known_as = call.id if isinstance(ask, Command) else None
        letter = Letter(
            ask, principal, partial(self._settled, call.id, type(ask)), id=known_as, made_at=made_at
        )
        socket.gateway.system.post(address, letter)

    def refuse(self, call: RefusedCall) -> None:
        """Reply to a call that could be read as far as its id."""
        refusal = call.refusal
        try:
            self._socket.take_from_bucket()
        except Refusal as limited:
            refusal = limited
        self._answer(call.id, None, Outcome.of(refusal))

    def _settled(self, call_id: UUID, ask: type[Ask], outcome: Outcome) -> None:
        self._waiting.pop(call_id, None)
        self._in_flight -= 1
        self._answer(call_id, ask, outcome)

    def _answer(self, call_id: UUID, ask: type[Ask] | None, outcome: Outcome) -> None:
        self._socket.gateway.meters.answered(call_id, ask, outcome)
        body = Raw(outcome.body)
        reply = Reply(id=call_id, ok=body) if outcome.granted else Reply(id=call_id, refused=body)
        self._socket.send(reply)

    def give_up_old(self, now: float) -> None:
        """Reply `timed_out` to calls that have waited too long; the first in are the oldest."""
        for call_id, since in list(self._waiting.items()):
            if now - since < CALL_TIMEOUT_S:
                break
            timed_out = TimedOut(waited_ms=int(CALL_TIMEOUT_S * 1000))
            del self._waiting[call_id]
            self._answer(call_id, None, Outcome.of(timed_out))
