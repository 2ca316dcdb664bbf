"""Access: who may read which topic, and what they are shown; asked of the rooms' Parts."""

from typing import Any

import msgspec
import structlog

from actors.principal import Principal
from actors.repertoire import Repertoire
from protocol.address import NO_KEY, Address, key_of, kind_of
from protocol.limits import SNAPSHOT_BYTES_MAX

log = structlog.get_logger()


class RoomAccess:
    """Answers for every topic whose kind of actor exists."""

    def __init__(self, repertoire: Repertoire) -> None:
        """Ask these Parts."""
        self._repertoire = repertoire

    async def may_read(self, topic: Address, principal: Principal) -> bool:
        """Tell whether a person may follow a topic now: whoever the actor lets in may listen."""
        role = self._repertoire.role_at(topic)
        if role is None:
            return False
        admits = role.kind.admits
        if admits is not None and not admits(topic, principal):
            return False
        if not role.kind.keyed:
            return True
        try:
            key = key_of(topic)
        except ValueError:
            return False
        for gate in role.gates:
            state = (await gate.load([key])).get(key, gate.empty)
            if gate.admits is not None and not gate.admits(state, principal):
                return False
        return True

    async def snapshot(self, topic: Address, principal: Principal) -> dict[str, Any]:
        """Show a reader the state of a topic, each Part under its name.

        Each Part bounds what it shows, so that all of it stays within SNAPSHOT_BYTES_MAX.
        """
        role = self._repertoire.roles[kind_of(topic)]
        key = key_of(topic) if role.kind.keyed else NO_KEY
        shown: dict[str, Any] = {}
        for part in role.parts:
            if part.snapshot is not None:
                state = await part.snapshot(key, principal)
                if state is not None:
                    shown[part.name] = msgspec.to_builtins(state)
        _measure(role.kind.name, shown)
        return shown


def _measure(kind: str, shown: dict[str, Any]) -> None:
    """Say so when a snapshot is larger than it may be.

    It is shown all the same: clients can read it, and would know nothing without it. What must be
    mended is the Part that shows without a limit.
    """
    bytes_now = len(msgspec.json.encode(shown))
    if bytes_now > SNAPSHOT_BYTES_MAX:
        parts = {name: len(msgspec.json.encode(part)) for name, part in shown.items()}
        log.error("a snapshot is too large", kind=kind, bytes_now=bytes_now, parts=parts)
