"""The actor of a person: what belongs to one alone, on all their devices."""

from actors.kind import ActorKind
from actors.principal import Principal
from protocol.address import Address, users_address


def _oneself(address: Address, principal: Principal) -> bool:
    return address == users_address(principal.user_id)


USER = ActorKind("user", admits=_oneself)
