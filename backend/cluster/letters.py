"""Letters as words: how an ask or a tell is written down for another node, and read there."""

from collections.abc import Callable
from typing import Any

import msgspec

from actors.letter import Answered as Answering
from actors.letter import Letter, TellLetter
from actors.principal import SYSTEM, SYSTEM_ID, Principal
from backend.cluster.words import Asked, Told
from protocol.address import Address
from protocol.messages import Role
from protocol.vocabulary import Vocabulary

_encode = msgspec.msgpack.Encoder().encode


class LetterCodec:
    """Knows the words of all rooms; what is read was checked by the node that it came to first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Build decoders."""
        self._decode_ask = _decoder_of(_union(vocabulary.asks.values()))
        tells: Any = _union(vocabulary.tells.values())
        self._decode_tells = _decoder_of(tuple[tells, ...])

    def asked(self, number: int, to: Address, letter: Letter) -> Asked:
        """Write an ask down, under a number of the one who asks."""
        principal = letter.principal
        return Asked(
            number=number,
            to=to,
            ask=_encode(letter.ask),
            user_id=principal.user_id,
            role=principal.role.value,
            session_id=principal.session_id,
            id=letter.id,
            made_at=letter.made_at,
        )

    def letter_of(self, word: Asked, answered: Answering) -> Letter:
        """Read an ask. Raises msgspec.MsgspecError when its words are not known here."""
        principal = (
            SYSTEM
            if word.user_id == SYSTEM_ID
            else Principal(word.user_id, Role(word.role), word.session_id)
        )
        ask = self._decode_ask(word.ask)
        return Letter(ask, principal, answered, id=word.id, made_at=word.made_at)

    def told(self, to: Address, letter: TellLetter) -> Told:
        """Write a tell down."""
        return Told(to, letter.id, _encode(letter.tells), letter.tries)

    def tell_of(self, word: Told) -> TellLetter:
        """Read a tell. Raises msgspec.MsgspecError when its words are not known here."""
        return TellLetter(word.id, self._decode_tells(word.tells), word.tries)


def _union(kinds: Any) -> Any:
    first, *others = kinds
    union: Any = first
    for kind in others:
        union = union | kind
    return union


def _decoder_of(kind: Any) -> Callable[[bytes], Any]:
    return msgspec.msgpack.Decoder(kind).decode
