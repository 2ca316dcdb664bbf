"""The receiver: letters from other nodes, for the actors that live here."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import msgspec
import structlog

from actors.letter import AnyLetter
from actors.outcome import Outcome
from actors.ports import Placement
from backend.cluster.letters import LetterCodec
from backend.cluster.links import Links
from backend.cluster.words import Answered, Asked, NotHere, Told
from protocol.address import Address
from protocol.common import Temporary

log = structlog.get_logger()

PostHere = Callable[[Address, AnyLetter], None]


class Receiver:
    """Has letters answered that came from other nodes."""

    def __init__(
        self, placement: Placement, links: Links, codec: LetterCodec, post_here: PostHere
    ) -> None:
        """Bring them to `post_here`."""
        self._placement = placement
        self._links = links
        self._codec = codec
        self._post_here = post_here
        links.on(Asked, self._asked)
        links.on(Told, self._told)

    def _asked(self, sender: UUID, word: Asked) -> None:
        if not self._placement.is_ours(word.to):
            # Who asked knows better, or soon will; it must not be sent round in a circle.
            self._links.send(sender, NotHere(word.number))
            return
        answered = partial(self._answer, sender, word.number)
        try:
            letter = self._codec.letter_of(word, answered)
        except (msgspec.MsgspecError, ValueError):
            answered(Outcome.of(Temporary(why="a server of another version has the actor")))
            return
        self._post_here(word.to, letter)

    def _answer(self, sender: UUID, number: int, outcome: Outcome) -> None:
        # Where it gets lost it is asked again, and answered from what is stored.
        self._links.send(sender, Answered(number, outcome.granted, outcome.body, outcome.lasting))

    def _told(self, sender: UUID, word: Told) -> None:
        try:
            letter = self._codec.tell_of(word)
        except msgspec.MsgspecError:
            log.warning("a tell of another node is not known", node=sender, tell_id=word.id)
            return
        if self._placement.is_ours(word.to):
            self._post_here(word.to, letter)
