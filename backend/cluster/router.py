"""The router: brings letters to actors on other nodes, and outcomes back, whoever dies meanwhile.

An ask is said to the node that owns the actor; where nobody is known to own it, it waits. It is
said again, under the same id, when no outcome comes or the actor has moved: the second time it is
given the first outcome. A tell is said once: its row is there until it is heard.
"""

import asyncio
import secrets
from uuid import UUID

import structlog

from actors.letter import AnyLetter, Letter, TellLetter
from actors.outcome import Outcome
from actors.placement import View
from backend.cluster.letters import LetterCodec
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.receiver import PostHere
from backend.cluster.words import Answered, NotHere
from backend.ending import end
from protocol.address import Address
from protocol.common import Moved, Overloaded, Temporary, TimedOut
from protocol.refusals import Refusal

log = structlog.get_logger()

ASKED_MAX = 20_000
"""Asks on their way to other nodes."""
PARKED_MAX = 10_000
"""Letters that wait until it is known where their actor lives."""
PARKED_S = 10.0
"""So long they may: longer than it takes to take over from a node that died."""
UNREACHED_S = 2.0
"""So long an ask waits for a way to another node that is there, while no word gets through."""
AGAIN_AFTER_S = 2.0
WAITED_MAX_S = 30.0
LOOK_EVERY_S = 0.25


class _Sent:
    """An ask that was said to another node."""

    __slots__ = ("address", "again_at", "asked", "letter", "may_be_done", "since", "to")

    def __init__(self, waiting: "_Parked", letter: Letter, to: UUID, now: float) -> None:
        self.address = waiting.address
        self.letter = letter
        self.to = to
        self.asked = {to}
        """Also those that had the actor before: the outcome of each of them is as good."""
        self.since = waiting.since
        self.again_at = now + AGAIN_AFTER_S
        self.may_be_done = waiting.may_be_done


class _Parked:
    """A letter that waits to be sent on."""

    __slots__ = ("address", "letter", "may_be_done", "since")

    def __init__(
        self, address: Address, letter: AnyLetter, since: float, *, may_be_done: bool = False
    ) -> None:
        self.address = address
        self.letter = letter
        self.since = since
        self.may_be_done = may_be_done
        """Whether it was said before, and nothing was heard of it: that here nothing was done,
        as the last node says, tells nothing of the first time."""

    def give_up(self, refusal: Refusal, now: float) -> None:
        self.letter.answer(
            Outcome.of(_timed_out(now - self.since) if self.may_be_done else refusal)
        )


class Router:
    """Implements `actors.ports.Elsewhere`."""

    def __init__(
        self, membership: Membership, links: Links, codec: LetterCodec, post_here: PostHere
    ) -> None:
        """Bring letters for actors that turn out to live here to `post_here`."""
        self._membership = membership
        self._links = links
        self._codec = codec
        self._post_here = post_here
        self._sent: dict[int, _Sent] = {}
        self._parked: list[_Parked] = []
        self._last_number = secrets.randbits(48)
        self._task: asyncio.Task[None] | None = None
        links.on(Answered, self._answered)
        links.on(NotHere, self._not_here)
        self.forwarded = 0
        self.said_again = 0

    @property
    def waiting(self) -> int:
        """How many letters wait for another node, or for it to be known which."""
        return len(self._sent) + len(self._parked)

    def start(self) -> None:
        """Begin to look after what waits."""
        self._task = asyncio.create_task(self._look_again_and_again(), name="router")

    async def stop(self) -> None:
        """Give up what waits: whoever asked asks another node, under the same id."""
        if self._task is not None:
            await end([self._task])
        now = self._membership.now_s()
        parked, self._parked = self._parked, []
        for waiting in parked:
            waiting.give_up(Moved(), now)
        sent, self._sent = self._sent, {}
        for asked in sent.values():
            asked.letter.answer(Outcome.of(_timed_out(now - asked.since)))

    # Out.

    def bring(self, address: Address, letter: AnyLetter) -> None:
        """Bring a letter to wherever its actor lives by then; in time it is answered."""
        waiting = _Parked(address, letter, self._membership.now_s())
        if not self._send(waiting):
            self._park(waiting)

    def _send(self, waiting: _Parked) -> bool:
        """Hand a letter on; False when it must wait."""
        letter = waiting.letter
        owner = self._membership.owner_of(waiting.address)
        if owner == self._membership.node_id:
            if letter.id is None and not self._membership.is_sure:
                return False
            self._post_here(waiting.address, letter)
            return True
        if owner is None or not self._links.is_up:
            return False
        if isinstance(letter, TellLetter):
            return self._links.send(owner, self._codec.told(waiting.address, letter))
        return self._ask(waiting, letter, owner)

    def _ask(self, waiting: _Parked, letter: Letter, owner: UUID) -> bool:
        if len(self._sent) >= ASKED_MAX:
            waiting.give_up(Overloaded(what="asks for other nodes"), self._membership.now_s())
            return True
        self._last_number += 1
        number = self._last_number
        if not self._links.send(owner, self._codec.asked(number, waiting.address, letter)):
            return False
        self.forwarded += 1
        self._sent[number] = _Sent(waiting, letter, owner, self._membership.now_s())
        return True

    def _park(self, waiting: _Parked) -> None:
        if len(self._parked) >= PARKED_MAX:
            waiting.give_up(Overloaded(what="asks for other nodes"), self._membership.now_s())
            return
        self._parked.append(waiting)
        self._membership.look_again()

    def moved(self, _before: View, _now: View) -> None:
        """Send on what waits, and ask again who was asked at a node that is not the owner now."""
        parked, self._parked = self._parked, []
        self._parked += [waiting for waiting in parked if not self._send(waiting)]
        for number, asked in list(self._sent.items()):
            owner = self._membership.owner_of(asked.address)
            if owner != asked.to:
                self._move(number, asked, owner)

    def _move(self, number: int, asked: _Sent, owner: UUID | None) -> None:
        """Ask the new owner instead, or wait for one; the first's outcome is as good."""
        if owner is None:
            return  # Perhaps it still answers; else it is asked again when there is one.
        if owner == self._membership.node_id:
            del self._sent[number]
            self._post_here(asked.address, asked.letter)
        else:
            asked.to = owner
            asked.asked.add(owner)
            self._say_again(number, asked)

    def was_away(self) -> None:
        """Nothing is kept elsewhere for the asks of this node."""

    def _say_again(self, number: int, asked: _Sent) -> None:
        self.said_again += 1
        asked.may_be_done = True
        waited_s = self._membership.now_s() - asked.since
        asked.again_at = asked.since + waited_s + max(AGAIN_AFTER_S, waited_s)
        self._links.send(asked.to, self._codec.asked(number, asked.address, asked.letter))

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self._look()
            except Exception:
                log.exception("the router failed")

    def _look(self) -> None:
        now = self._membership.now_s()
        for number, asked in list(self._sent.items()):
            if now - asked.since >= WAITED_MAX_S:
                del self._sent[number]
                asked.letter.answer(Outcome.of(_timed_out(now - asked.since)))
            elif now >= asked.again_at:
                self._say_again(number, asked)
        parked, self._parked = self._parked, []
        for waiting in parked:
            refusal = self._reason_to_give_up(waiting, now)
            if refusal is None:
                self._parked.append(waiting)
            else:
                waiting.give_up(refusal, now)
        if self._parked:
            self._membership.look_again()

    def _reason_to_give_up(self, waiting: _Parked, now: float) -> Refusal | None:
        waited_s = now - waiting.since
        owner = self._membership.owner_of(waiting.address)
        if owner not in {None, self._membership.node_id} and waited_s >= UNREACHED_S:
            return Temporary(why="another server cannot be reached")
        return Temporary(why="no server has the actor yet") if waited_s >= PARKED_S else None

    # What comes back.

    def _answered(self, sender: UUID, word: Answered) -> None:
        asked = self._sent.get(word.number)
        # Who has passed it on to another node answers by itself, as for an actor of its own.
        if asked is not None and sender in asked.asked:
            del self._sent[word.number]
            asked.letter.answer(Outcome(word.granted, word.body, word.lasting))

    def _not_here(self, sender: UUID, word: NotHere) -> None:
        asked = self._sent.get(word.number)
        if asked is None or asked.to != sender:
            return
        del self._sent[word.number]
        self._park(_Parked(asked.address, asked.letter, asked.since, may_be_done=asked.may_be_done))


def _timed_out(waited_s: float) -> TimedOut:
    return TimedOut(waited_ms=int(waited_s * 1000))
