"""Whereabouts: whether somebody has a socket open, at any node."""

from uuid import UUID

from backend.cluster.membership import Membership
from backend.cluster.questions import Questions
from backend.fanout.hub import Hub
from backend.fanout.interests import Interests
from protocol.address import users_address

REPLY_WITHIN_S = 1.0
_IS_ONLINE = "is_online"


class Whereabouts:
    """Known where a person's own actor lives: every node that has a socket of theirs follows it."""

    def __init__(
        self, membership: Membership, questions: Questions, hub: Hub, interests: Interests
    ) -> None:
        """Look here first, then ask there."""
        self._membership = membership
        self._questions = questions
        self._hub = hub
        self._interests = interests
        questions.answer(_IS_ONLINE, self._reply)

    def is_known_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open, as far as this node knows by itself.

        Where their own actor lives, that is all there is to know.
        """
        return self._hub.is_online(user_id) or self._interests.has(users_address(user_id))

    async def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open anywhere; who cannot be asked knows of none."""
        if self.is_known_online(user_id):
            return True
        owner = self._membership.owner_of(users_address(user_id))
        if owner is None or owner == self._membership.node_id:
            return False
        reply = await self._questions.ask(owner, _IS_ONLINE, user_id.bytes, within_s=REPLY_WITHIN_S)
        return reply == b"yes"

    def _reply(self, body: bytes) -> bytes:
        return b"yes" if self.is_known_online(UUID(bytes=body)) else b"no"
