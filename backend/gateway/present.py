"""One person in one topic: what all their devices, here and on other nodes, together show."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from actors.ports import Handle
from backend.cluster.words import OFFLINE, Person
from protocol.frames import Presence

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

AWAY = "away"
ONLINE = "online"


@dataclass(slots=True)
class Present:
    """One person in one topic."""

    sockets: dict["Socket", tuple[str | None, bool]] = field(default_factory=dict)
    """What each of their sockets here says: doing, and whether away."""
    elsewhere: dict[UUID, Person] = field(default_factory=dict)
    """What other nodes say."""
    doubted: dict[UUID, object] = field(default_factory=dict)
    """Which of them must say it again, or have it said, and since which doubt."""
    leaving: Handle | None = None
    shown: tuple[str, str | None] = (OFFLINE, None)
    """What those who follow the topic here were shown last."""
    told: tuple[str, str | None] = (OFFLINE, None)
    """What other nodes were told last."""
    last_seen_at: datetime | None = None

    def here(self) -> tuple[str, str | None]:
        """Put what several devices here say into one: who is there somewhere is there."""
        if self.leaving is not None:
            return self.told
        return _together((AWAY if away else ONLINE, doing) for doing, away in self.sockets.values())

    def status(self) -> tuple[str, str | None]:
        """Put what all nodes say into one."""
        said = [(person.status, person.doing) for person in self.elsewhere.values()]
        return _together([self.here(), *said])

    def frame(self, topic: str, user_id: UUID) -> Presence:
        """Make what those who follow the topic are shown."""
        status, doing = self.shown
        return Presence(
            topic=topic,
            user_id=user_id,
            status=status,
            doing=doing,
            last_seen_at=self.last_seen_at,
        )


def _together(said: Iterable[tuple[str, str | None]]) -> tuple[str, str | None]:
    there = [(status, doing) for status, doing in said if status != OFFLINE]
    if not there:
        return OFFLINE, None
    doing = next((doing for _, doing in there if doing), None)
    return ONLINE if any(status == ONLINE for status, _ in there) else AWAY, doing
