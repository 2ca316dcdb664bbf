"""Access: who may read which topic, and what they are shown; asked of the rooms' Parts."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec
import structlog

from actors.part import AnyPart
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

    async def readable(
        self, asked: Collection[tuple[Address, Principal]]
    ) -> set[tuple[Address, UUID]]:
        """Of these topics and people, tell which may be followed by whom now.

        Whoever the actor lets in may listen. Each gate is read once for all topics of its kind.
        """
        may = {(topic, person) for topic, person in asked if self._is_admitted(topic, person)}
        kinds = {kind_of(topic) for topic, _ in may}
        for role in [self._repertoire.roles[kind] for kind in kinds]:
            if not role.kind.keyed:
                continue
            ours = {pair for pair in may if kind_of(pair[0]) == role.kind.name}
            for gate in role.gates:
                ours = await _let_in(gate, ours)
            may = {pair for pair in may if kind_of(pair[0]) != role.kind.name} | ours
        return {(topic, person.user_id) for topic, person in may}

    def _is_admitted(self, topic: Address, principal: Principal) -> bool:
        """Tell whether a topic's kind lets a person in, whatever its Parts say."""
        role = self._repertoire.role_at(topic)
        if role is None:
            return False
        if role.kind.keyed:
            try:
                key_of(topic)
            except ValueError:
                return False
        return role.kind.admits is None or role.kind.admits(topic, principal)

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


async def _let_in(
    gate: AnyPart, asked: set[tuple[Address, Principal]]
) -> set[tuple[Address, Principal]]:
    """Of these topics and people, keep those a gate lets in."""
    if not asked or gate.admits is None:
        return asked
    states = await gate.load(list({key_of(topic) for topic, _ in asked}))
    return {
        (topic, principal)
        for topic, principal in asked
        if gate.admits(states.get(key_of(topic), gate.empty), principal)
    }


def _measure(kind: str, shown: dict[str, Any]) -> None:
    """Say so when a snapshot is larger than it may be.

    It is shown all the same: clients can read it, and would know nothing without it. What must be
    mended is the Part that shows without a limit.
    """
    bytes_now = len(msgspec.json.encode(shown))
    if bytes_now > SNAPSHOT_BYTES_MAX:
        parts = {name: len(msgspec.json.encode(part)) for name, part in shown.items()}
        log.error("a snapshot is too large", kind=kind, bytes_now=bytes_now, parts=parts)
