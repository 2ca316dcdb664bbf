"""The account: all that one account at Stripe has, and what happens to it in order."""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from actors.ports import Clock
from backend.embedded.stripe.backing import Backing
from backend.embedded.stripe.events import Event, EventData, EventRequest
from backend.embedded.stripe.resource import Resource, name_of, new_id, shown
from backend.embedded.stripe.tables import Table

R = TypeVar("R", bound=Resource)


class Account:
    """What operations work on; one at a time."""

    def __init__(self, *, clock: Clock, backing: Backing, api_version: str) -> None:
        """Begin with nothing; `backing` is localstripe."""
        self.backing = backing
        self.api_version = api_version
        self.base_url = ""
        """Where browsers find us; known when we listen."""
        self.request = EventRequest()
        """By which request things happen; nobody's while Stripe itself acts."""
        self.on_event: Callable[[Event], None] = lambda _: None
        self.refunds_wait = False
        """Whether refunds that begin as pending stay so until somebody ends them."""
        self.deleted: dict[str, str] = {}
        """The names of what was deleted, by id: it can still be asked for."""
        self._clock = clock
        self._tables: dict[str, Table[Any]] = {}
        self._soon: deque[Callable[[], object]] = deque()

    def now(self) -> int:
        """Read the time, in whole seconds as the API has them."""
        return int(self._clock.now().timestamp())

    def of(self, kind: type[R]) -> Table[R]:
        """Give the table of a kind."""
        name = name_of(kind)
        if name not in self._tables:
            self._tables[name] = Table(kind)
        return self._tables[name]

    def emit(self, kind: str, resource: Resource, previous: dict[str, Any] | None = None) -> None:
        """Have something happen that others may hear of, with the resource as it is now."""
        event = Event(
            id=new_id(Event.prefix),
            created=self.now(),
            api_version=self.api_version,
            type=kind,
            data=EventData(object=shown(resource), previous_attributes=previous),
            request=self.request,
        )
        self.of(Event).add(event)
        self.on_event(event)

    def soon(self, act: Callable[[], object]) -> None:
        """Do something a moment later, as Stripe itself: once the request is answered."""
        self._soon.append(act)

    def do_what_waits(self) -> None:
        """Do what was put off."""
        self.request = EventRequest()
        while self._soon:
            self._soon.popleft()()

    def kept(self) -> dict[str, Any]:
        """Give all there is, to be kept in a file."""
        tables = {name: msgspec.to_builtins(list(table)) for name, table in self._tables.items()}
        return {"tables": tables, "deleted": self.deleted}

    def restore(self, kept: dict[str, Any]) -> None:
        """Have what was kept. Raises ValidationError where that cannot be understood any more."""
        tables, deleted = kept["tables"], kept["deleted"]
        found = {
            name_of(kind): Table(kind, msgspec.convert(tables.get(name_of(kind), []), list[kind]))  # type: ignore[valid-type]
            for kind in Resource.__subclasses__()
        }
        self._tables, self.deleted = found, deleted

    def clear(self) -> None:
        """Have nothing any more."""
        self._tables, self.deleted = {}, {}
        self._soon.clear()
