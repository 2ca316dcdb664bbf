"""The seal under which parcels travel: it proves who has packed one, and for whom.

Not when: that nobody brings a parcel a second time is seen by its number.
"""

import hashlib
import hmac
from uuid import UUID

_SEAL_BYTES = 16
_PURPOSE = b"words between nodes"


class Seal:
    """Seals what this node says and opens what it hears, with the secret that all nodes share."""

    def __init__(self, secret: str) -> None:
        """Make the key of its own that seals have; the secret keys other things as well."""
        self._key = hashlib.blake2b(_PURPOSE, key=secret.encode()[:64]).digest()

    def sealed(self, to: UUID, body: bytes) -> bytes:
        """Put a seal before what is for one node only."""
        return self._of(to, body) + body

    def opened(self, to: UUID, data: bytes) -> bytes | None:
        """Take the seal off; None where it was not put there, or not for this node."""
        body = data[_SEAL_BYTES:]
        return body if hmac.compare_digest(self._of(to, body), data[:_SEAL_BYTES]) else None

    def _of(self, to: UUID, body: bytes) -> bytes:
        # The receiver goes in as BLAKE2's personalization, so that a large body is not copied.
        person, size = to.bytes, _SEAL_BYTES
        return hashlib.blake2b(body, digest_size=size, key=self._key, person=person).digest()
