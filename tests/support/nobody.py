"""Company where nobody is ever seen."""

from collections.abc import Collection
from uuid import UUID

from backend.cluster.words import Person


class Nobody:
    """Nobody is ever seen anywhere; implements `backend.fanout.ports.Company`."""

    def here(self, _topic: str) -> list[Person]:
        return []

    def everybody_but(self, _node_id: UUID, _topic: str) -> list[Person]:
        return []

    def seen_elsewhere(self, _topic: str, _people: Collection[Person]) -> None:
        return

    def seen_by(self, _node_id: UUID, _topic: str, _people: Collection[Person]) -> None:
        return

    def unfollowed(self, _node_id: UUID, _topic: str) -> None:
        return

    def forget(self, _topic: str) -> None:
        return

    def shown(self, _topic: str, _person: Person) -> None:
        return
