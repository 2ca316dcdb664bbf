"""Addresses: the words by which actors and topics are named, such as `relationship/<id>`.

An actor and the topic it numbers share one address. Kinds with a single actor (`announcements`)
have no key.
"""

from functools import lru_cache
from typing import NewType
from uuid import UUID

Address = NewType("Address", str)

NAMES_KEPT_MAX = 65_536

NO_KEY = UUID(int=0)
"""Stands for the key where a kind has a single actor."""


def address_of(kind: str, key: UUID | str | None = None) -> Address:
    """Name the actor of this kind and key."""
    return Address(kind if key is None else f"{kind}/{key}")


def kind_of(address: str) -> str:
    """Read the kind, the word before the slash."""
    return address.partition("/")[0]


@lru_cache(maxsize=NAMES_KEPT_MAX)
def key_of(address: str) -> UUID:
    """Read the key of an address whose kind is keyed by UUID.

    Raises ValueError when there is none, or when it is not written in its one canonical form: two
    spellings of one actor would be two actors.
    """
    text = address.partition("/")[2]
    key = UUID(text)
    if str(key) != text:
        message = f"not a canonical UUID: {text}"
        raise ValueError(message)
    return key


@lru_cache(maxsize=NAMES_KEPT_MAX)
def users_address(user_id: UUID) -> Address:
    """Name a person's own actor."""
    return Address(f"user/{user_id}")
