"""Outcomes: how an ask ended, in the form in which it is kept and sent."""

import hashlib
from uuid import UUID

import msgspec

from protocol.messages import Message
from protocol.refusals import Refusal

_encode = msgspec.json.Encoder().encode
_canonical = msgspec.msgpack.Encoder().encode


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """The answer or the refusal, as JSON."""

    granted: bool
    body: bytes
    lasting: bool = True
    """Whether it is to be given again to whoever sends the same id again."""

    @classmethod
    def of(cls, result: Message | Refusal) -> "Outcome":
        """Write down an answer or a refusal."""
        if isinstance(result, Refusal):
            return cls(False, _encode(result.refused()), not result.temporary)  # noqa: FBT003
        return cls(True, _encode(result))  # noqa: FBT003


def fingerprint(ask: Message) -> bytes:
    """Digest what was asked, in 16 bytes, so that another wish under the same id is noticed.

    The fields are digested as decoded, so the wire format and the order of fields do not matter.
    """
    return hashlib.blake2b(_canonical(ask), digest_size=16).digest()


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An outcome found in the database under an id."""

    actor: str
    principal: UUID
    fingerprint: bytes
    outcome: Outcome
