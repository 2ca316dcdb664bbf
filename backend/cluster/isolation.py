"""Isolation: a node that is cut off, while others are not, sends its sockets to them.

Without the database nobody can serve, and without Redis each goes on with what it has; then sockets
stay where they are. But who alone has lost the database can do nothing for them, and who alone has
lost Redis no longer has actors.
"""

import asyncio
from collections.abc import Callable

import structlog

from actors.placement import may_own
from backend.cluster.membership import Membership
from backend.cluster.questions import Questions
from backend.ending import end

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
REPLY_WITHIN_S = 1.0
_HAS_LEASE = "has_lease"


class Isolation:
    """Whether this node is cut off, alone among all."""

    def __init__(
        self, membership: Membership, questions: Questions, changed: Callable[[bool], None]
    ) -> None:
        """Begin as one that is not; `changed` hears when that changes."""
        self._membership = membership
        self._questions = questions
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self.is_cut_off = False
        questions.answer(_HAS_LEASE, lambda _body: b"yes" if membership.is_sure else b"no")

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look_again_and_again(), name="isolation")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end([self._task])

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:
                log.exception("it could not be found out whether this node is cut off")

    async def look(self) -> None:
        """Find out whether this node is cut off, and tell when that has changed."""
        is_cut_off = await self._find_out()
        if is_cut_off is not self.is_cut_off:
            self.is_cut_off = is_cut_off
            if is_cut_off:
                log.warning("this node is cut off")
            else:
                log.warning("this node is back")
            self._changed(is_cut_off)

    async def _find_out(self) -> bool:
        membership = self._membership
        if membership.is_leaving:
            # Who goes has said goodbye to all, and takes nobody in again.
            return self.is_cut_off
        if membership.is_sure:
            owners = may_own(membership.view)
            return bool(owners) and membership.node_id not in owners
        others = [node_id for node_id in membership.view.nodes if node_id != membership.node_id]
        asked = [
            self._questions.ask(node_id, _HAS_LEASE, within_s=REPLY_WITHIN_S) for node_id in others
        ]
        return b"yes" in await asyncio.gather(*asked)
