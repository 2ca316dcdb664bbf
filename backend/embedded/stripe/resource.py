"""Resources: what Stripe's API shows, as typed values, and how ids are made."""

import secrets
import string
from typing import Any, ClassVar

import msgspec

_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH = 24
_SECRET_LENGTH = 25
BEHIND = "behind"
"""The field of a resource with what Stripe knows and does not show."""


class Resource(msgspec.Struct, kw_only=True, tag_field="object"):
    """An object of the API, named by its tag; `behind` stays here, all else is shown."""

    prefix: ClassVar[str]
    path: ClassVar[str]
    """Where it is listed."""

    id: str
    created: int
    livemode: bool = False


def name_of(kind: type[Resource]) -> str:
    """Give what Stripe calls a kind of resource."""
    return str(kind.__struct_config__.tag)


def new_id(prefix: str) -> str:
    """Make an id, long and random as Stripe's are."""
    return prefix + _random(_ID_LENGTH)


def new_client_secret(of_id: str) -> str:
    """Make the secret with which a phone may confirm an intent."""
    return f"{of_id}_secret_{_random(_SECRET_LENGTH)}"


def new_key(prefix: str) -> str:
    """Make a key that opens something for a while."""
    return prefix + _random(4 * _ID_LENGTH)


def new_code() -> str:
    """Make a code that people type."""
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8))


def shown(resource: Any) -> dict[str, Any]:
    """Give a resource as the API shows it."""
    found: dict[str, Any] = msgspec.to_builtins(resource)
    found.pop(BEHIND, None)
    return found


def different(before: Resource, after: Resource) -> dict[str, Any]:
    """Give what was otherwise before, as events tell it."""
    now = shown(after)
    return {name: value for name, value in shown(before).items() if value != now[name]}


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
