"""What travels over HTTP: the bodies of the room's routes. None of them is kept."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from backend.domains.identity.messages import Locale, Name, Nickname, Profile, TimeZone
from protocol.marks import PRIVATE, SECRET
from protocol.messages import Role, Value
from protocol.text import Email

PASSWORD_MIN = 8
PASSWORD_MAX = 256

DeviceName = Annotated[str, Meta(max_length=100)]
TokenText = Annotated[str, Meta(max_length=512)]


class SignUp(Value, frozen=True):
    """Who wants an account. The name may be told later; the time zone decides when days begin."""

    email: Annotated[Email, PRIVATE]
    password: Annotated[str, Meta(min_length=PASSWORD_MIN, max_length=PASSWORD_MAX), SECRET]
    name: Annotated[Name | None, PRIVATE] = None
    nickname: Annotated[Nickname | None, PRIVATE] = None
    time_zone: TimeZone = "UTC"
    locale: Locale = "en"
    device_name: DeviceName | None = None


class SignIn(Value, frozen=True):
    """Who wants in."""

    email: Annotated[Email, PRIVATE]
    password: Annotated[str, Meta(max_length=PASSWORD_MAX), SECRET]
    device_name: DeviceName | None = None


class Refresh(Value, frozen=True):
    """A refresh token, to be exchanged."""

    refresh_token: Annotated[TokenText, SECRET]


class SignOut(Value, frozen=True):
    """The refresh token of the session to end, for who has no valid access token any more."""

    refresh_token: Annotated[TokenText | None, SECRET] = None


class Account(Value, frozen=True):
    """A person's own account, as they see it."""

    id: UUID
    email: Annotated[str, PRIVATE]
    role: Role
    tier: str
    flags: dict[str, Any]
    created_at: datetime
    profile: Annotated[Profile, PRIVATE]


class SignedIn(Value, frozen=True):
    """A session's tokens. The access token lives `expires_in` seconds; then refresh."""

    access_token: Annotated[str, SECRET]
    refresh_token: Annotated[str, SECRET]
    expires_in: int
    user: Account


class Ticket(Value, frozen=True):
    """A ticket that opens one socket, once, within `expires_in` seconds."""

    ticket: Annotated[str, SECRET]
    expires_in: int


class SessionShown(Value, frozen=True):
    """One of a person's sessions, as they see it."""

    id: UUID
    device_name: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool
    """Whether it is the one that asks."""
    is_same_address: bool
    """Whether it was last refreshed from the address that asks."""


class SessionsShown(Value, frozen=True):
    """A person's sessions, the latest used first."""

    sessions: list[SessionShown]


class SessionsRevoked(Value, frozen=True):
    """How many sessions were ended."""

    revoked: int
