"""Kinds of actor: a name, whether it is keyed, and whom it lets in."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.principal import Principal
from protocol.address import Address

Admits = Callable[[Address, Principal], bool]


@dataclass(frozen=True, slots=True)
class ActorKind:
    """One kind of actor, such as `user` or `relationship`."""

    name: str
    keyed: bool = True
    """Whether there are many, each named by a UUID, or one."""
    admits: Admits | None = None
    """Who may ask it anything, as far as the address alone can tell; Parts may be stricter."""
