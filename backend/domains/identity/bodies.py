"""What travels over HTTP: the bodies of the room's routes. None of them is kept."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from backend.domains.identity.messages import Locale, Name, Nickname, Profile, TimeZone
from protocol.marks import PRIVATE, SECRET
from protocol.messages import Role, Value
from protocol.text import Email

PASSWORD_MIN = 8
PASSWORD_MAX = 256

VERIFIER_MIN = 43
VERIFIER_MAX = 128
ID_TOKEN_MAX = 8 * 1024

DeviceName = Annotated[str, Meta(max_length=100)]
TokenText = Annotated[str, Meta(max_length=512)]
NewPassword = Annotated[str, Meta(min_length=PASSWORD_MIN, max_length=PASSWORD_MAX), SECRET]
CurrentPassword = Annotated[str, Meta(max_length=PASSWORD_MAX), SECRET]
ReturnTo = Annotated[str, Meta(max_length=400)]
Challenge = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]
"""The SHA-256 of a verifier, as base64url (S256 of RFC 7636)."""
Verifier = Annotated[
    str,
    Meta(min_length=VERIFIER_MIN, max_length=VERIFIER_MAX, pattern=r"^[A-Za-z0-9._~-]+$(?!\n)"),
    SECRET,
]
AGREEMENTS_MAX = 4


class Document(StrEnum):
    """Something that is agreed to."""

    TERMS = "terms"
    PRIVACY = "privacy"


class Agreement(Value, frozen=True):
    """A document, in the version that is agreed to."""

    document: Document
    version: Annotated[str, Meta(max_length=40)]


Agreements = Annotated[tuple[Agreement, ...], Meta(max_length=AGREEMENTS_MAX)]


class SignUp(Value, frozen=True):
    """Who wants an account. The name may be told later; the time zone decides when days begin."""

    email: Annotated[Email, PRIVATE]
    password: NewPassword
    name: Annotated[Name | None, PRIVATE] = None
    nickname: Annotated[Nickname | None, PRIVATE] = None
    time_zone: TimeZone = "UTC"
    locale: Locale = "en"
    device_name: DeviceName | None = None
    agrees: Agreements = ()


class SignIn(Value, frozen=True):
    """Who wants in."""

    email: Annotated[Email, PRIVATE]
    password: CurrentPassword
    device_name: DeviceName | None = None
    reactivate: bool = False
    """Whether an account that rests is to come back."""


class AskForLink(Value, frozen=True):
    """Who wants a link to sign in by, and where it is to lead.

    Bound to a challenge it opens only for who knows the verifier, so only on the device that asked.
    """

    email: Annotated[Email, PRIVATE]
    return_to: ReturnTo | None = None
    challenge: Challenge | None = None


class OpenLink(Value, frozen=True):
    """The token of a link that was opened; who is new says by which clock they live."""

    token: Annotated[TokenText, SECRET]
    verifier: Verifier | None = None
    name: Annotated[Name | None, PRIVATE] = None
    time_zone: TimeZone = "UTC"
    locale: Locale = "en"
    device_name: DeviceName | None = None
    reactivate: bool = False
    agrees: Agreements = ()


class BeginOidc(Value, frozen=True):
    """Where somebody is to be led who comes back from a provider, and for whom it opens."""

    return_to: ReturnTo | None = None
    challenge: Challenge | None = None


class ShowIdToken(Value, frozen=True):
    """An ID token of a provider's own SDK, and the state that was begun for it."""

    state: Annotated[TokenText, SECRET]
    id_token: Annotated[str, Meta(max_length=ID_TOKEN_MAX), SECRET]
    verifier: Verifier | None = None
    name: Annotated[Name | None, PRIVATE] = None
    time_zone: TimeZone = "UTC"
    locale: Locale = "en"
    device_name: DeviceName | None = None
    reactivate: bool = False
    agrees: Agreements = ()

    def with_token(self, token: str) -> OpenLink:
        """Open a link with all else that was said."""
        said = {name: getattr(self, name) for name in OpenLink.__struct_fields__ if name != "token"}
        return OpenLink(token=token, **said)


class ConnectOidc(Value, frozen=True):
    """The token somebody came back with from a provider."""

    token: Annotated[TokenText, SECRET]
    verifier: Verifier | None = None


class OidcBegun(Value, frozen=True):
    """Where to go, and for an app what to give the provider's SDK."""

    authorization_url: str
    state: Annotated[str, SECRET]
    nonce: Annotated[str, SECRET]


class ProvidersShown(Value, frozen=True):
    """The names of the providers people may come in by."""

    providers: list[str]


class ForgotPassword(Value, frozen=True):
    """Who forgot their password."""

    email: Annotated[Email, PRIVATE]
    return_to: ReturnTo | None = None
    challenge: Challenge | None = None


class ResetPassword(Value, frozen=True):
    """The token of a link that was opened, and the password from then on."""

    token: Annotated[TokenText, SECRET]
    password: NewPassword
    verifier: Verifier | None = None
    device_name: DeviceName | None = None


class ChangePassword(Value, frozen=True):
    """The password from now on; who signed in just now need not give the former one."""

    password: NewPassword
    current_password: CurrentPassword | None = None


class ChangeEmail(Value, frozen=True):
    """The address from the moment on in which the link that is sent there is opened."""

    email: Annotated[Email, PRIVATE]
    current_password: CurrentPassword | None = None
    return_to: ReturnTo | None = None


class VerifyEmail(Value, frozen=True):
    """Where the link that proves an address is to lead."""

    return_to: ReturnTo | None = None


class ConfirmEmail(Value, frozen=True):
    """The token of a link that was opened."""

    token: Annotated[TokenText, SECRET]


class Deactivate(Value, frozen=True):
    """That it is the owner who deactivates the account."""

    current_password: CurrentPassword | None = None


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
    email_verified_at: datetime | None
    """When its owner proved that the address is theirs."""
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


class CredentialShown(Value, frozen=True):
    """One way into an account, as its owner sees it."""

    id: UUID
    kind: str
    issuer: str | None
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


class CredentialsShown(Value, frozen=True):
    """The ways into an account, the oldest first; a proved address is another, by a link."""

    credentials: list[CredentialShown]


class ConsentShown(Value, frozen=True):
    """What somebody agreed to."""

    document: Document
    version: str
    given_at: datetime


class ConsentsShown(Value, frozen=True):
    """What somebody agreed to, and what of what is in force they did not."""

    given: list[ConsentShown]
    missing: list[Agreement]
