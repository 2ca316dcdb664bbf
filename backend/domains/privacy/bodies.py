"""What the routes of privacy take and answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from protocol.marks import PRIVATE, SECRET
from protocol.messages import Value
from protocol.refusals import Refused

CurrentPassword = Annotated[str, Meta(max_length=256), SECRET]


class Proof(Value, frozen=True):
    """That it is the owner who asks; who signed in just now need not give the password."""

    current_password: CurrentPassword | None = None


class Erase(Value, frozen=True):
    """That it is the owner who wants to be erased, and whether they give up money they have."""

    current_password: CurrentPassword | None = None
    give_up_balances: bool = False


class ExportShown(Value, frozen=True):
    """An export, and how far it is: `waiting`, `making`, `ready` or `failed`."""

    id: UUID
    state: str
    requested_at: datetime
    files_done: int
    files: int
    size_bytes: int | None
    """How large the archive is, once it is ready."""
    ended_at: datetime | None
    expires_at: datetime
    """Until when it can be fetched, or is listed."""
    failure: Refused | None
    """Why it could not be made, and what to do."""


class ExportsShown(Value, frozen=True):
    """The exports of a person, the latest first."""

    exports: list[ExportShown]


class ExportLink(Value, frozen=True):
    """Where an archive is fetched, by whoever has the link; `url` is one of this server."""

    url: Annotated[str, PRIVATE]
    expires_in: int


class ErasurePlanned(Value, frozen=True):
    """When an account is erased, unless its owner signs in with `reactivate` before."""

    due_at: datetime
