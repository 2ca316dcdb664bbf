"""Functions that want to be told."""

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")
log = logging.getLogger("tandem.client")


class Listeners(Generic[P]):
    """Functions that are called with the same arguments, in the order they were added."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def add(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Add one; calling what comes back takes it off again."""
        self._listeners.append(listener)

        def off() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return off

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call them all. One that raises is logged, and keeps nothing from the others."""
        for listener in tuple(self._listeners):
            try:
                listener(*args, **kwargs)
            except Exception:
                log.exception("a listener failed")
