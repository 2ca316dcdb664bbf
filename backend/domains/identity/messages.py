"""The words of identity: who a person is, and what signing in may be refused with."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from protocol.marks import PRIVATE
from protocol.messages import Command, Event, Value
from protocol.refusals import Refusal
from protocol.text import ONE_LINE

PREFERENCES_MAX = 32
PREFERENCES_BYTES_MAX = 2 * 1024

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=ONE_LINE)]
Nickname = Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]
Phone = Annotated[str, Meta(max_length=16, pattern=r"^\+[1-9][0-9]{6,14}$(?!\n)")]
PhotoUrl = Annotated[str, Meta(max_length=500, pattern=r"^https://[!#-;=?-\[\]-~]+$(?!\n)")]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]
Locale = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$(?!\n)")]
PreferenceName = Annotated[str, Meta(min_length=1, max_length=40)]
PreferenceText = Annotated[str, Meta(max_length=200)]
PreferenceNumber = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Preferences = Annotated[
    dict[PreferenceName, PreferenceText | bool | PreferenceNumber], Meta(max_length=PREFERENCES_MAX)
]


class LoveLanguage(StrEnum):
    """How somebody likes to be shown love."""

    WORDS_OF_AFFIRMATION = "words_of_affirmation"
    QUALITY_TIME = "quality_time"
    RECEIVING_GIFTS = "receiving_gifts"
    ACTS_OF_SERVICE = "acts_of_service"
    PHYSICAL_TOUCH = "physical_touch"


class EmailTaken(Refusal):
    """There is an account with this e-mail address."""

    code = "identity.email_taken"
    sentence = "There is an account with this e-mail address already; sign in instead."


class WeakPassword(Refusal):
    """The password is one that guessers try first."""

    code = "identity.weak_password"
    sentence = "This password would be guessed: {why}. Choose another."
    http_status = 422
    why: str


class UnknownTimeZone(Refusal):
    """The name is none of the IANA time zones."""

    code = "identity.unknown_time_zone"
    sentence = "There is no time zone {time_zone}; names are like Europe/Berlin."
    http_status = 422
    time_zone: str


class PreferencesTooLong(Refusal):
    """All preferences together may take so many bytes, counted as JSON."""

    code = "identity.preferences_too_long"
    sentence = "Your preferences take {bytes_now} bytes; {bytes_max} is the most."
    http_status = 422
    bytes_now: int
    bytes_max: int


class WrongCredentials(Refusal):
    """The password is wrong, or nobody has this e-mail address: the answer is the same."""

    code = "identity.wrong_credentials"
    sentence = "E-mail address and password do not belong together."
    http_status = 401


class AccountInactive(Refusal):
    """The account was closed by those who run Tandem; said only to who proves to own it."""

    code = "identity.account_inactive"
    sentence = "This account is deactivated."
    http_status = 403


class AccountResting(Refusal):
    """Its owner deactivated the account; said only to who proves to own it."""

    code = "identity.account_resting"
    sentence = "You deactivated this account; sign in with reactivate to come back."
    http_status = 403


class ReturnToNotAllowed(Refusal):
    """A link leads only to origins that this deployment has named."""

    code = "identity.return_to_not_allowed"
    sentence = "return_to does not lead to a place of this deployment."
    http_status = 422


class LinkUnknown(Refusal):
    """No such link was ever sent, or it was asked for on another device."""

    code = "identity.link_unknown"
    sentence = "This link does not open anything. Ask for another, and open it on this device."
    http_status = 401


class LinkUsed(Refusal):
    """A link opens once; this one has been opened, or a later one for the same."""

    code = "identity.link_used"
    sentence = "This link was used already. Ask for another."
    http_status = 410


class LinkExpired(Refusal):
    """The time of the link is over."""

    code = "identity.link_expired"
    sentence = "The time of this link is over. Ask for another."
    http_status = 410


class NoSuchProvider(Refusal):
    """This deployment knows no provider of this name."""

    code = "identity.no_such_provider"
    sentence = "Nobody comes in by {provider} here."
    http_status = 404
    provider: str


class ProviderRefused(Refusal):
    """What the provider is said to have vouched for does not hold."""

    code = "identity.provider_refused"
    sentence = "The provider's word could not be taken. Begin again."
    http_status = 401


class EmailNeeded(Refusal):
    """The provider told no e-mail address, and an account needs one."""

    code = "identity.email_needed"
    sentence = "The provider told us no e-mail address; allow that, or come in by a link."
    http_status = 422


class CredentialTaken(Refusal):
    """The account elsewhere opens another account here."""

    code = "identity.credential_taken"
    sentence = "That account opens another account here already."


class ConfirmationNeeded(Refusal):
    """What a thief with an open device would do needs the password, or a fresh sign-in."""

    code = "identity.confirmation_needed"
    sentence = "Give your current password, or sign in again and do this within {within_s} s."
    http_status = 403
    within_s: int


class LastWayIn(Refusal):
    """The last thing that opens an account cannot be removed from it."""

    code = "identity.last_way_in"
    sentence = "This is the only way into your account; verify your e-mail address first."


class ConsentOutdated(Refusal):
    """What is agreed to is the version that is in force."""

    code = "identity.consent_outdated"
    sentence = "The {document} in force are of version {version}."
    document: str
    version: str


class RefreshTokenReused(Refusal):
    """The refresh token was exchanged before, so two hold it: the session is ended for both."""

    code = "identity.refresh_token_reused"
    sentence = "This session was ended, because its refresh token was used twice. Sign in again."
    http_status = 401


class Profile(Value, frozen=True):
    """What a person says of themselves, and by which clock they live."""

    name: Name = ""
    nickname: Nickname | None = None
    phone: Phone | None = None
    photo_url: PhotoUrl | None = None
    time_zone: TimeZone = "UTC"
    time_zone_before: str | None = None
    """The former time zone, while its last day has not ended."""
    time_zone_from: date | None = None
    """The first local day of the present time zone; before it the former one counts."""
    locale: Locale = "en"
    love_language_primary: LoveLanguage | None = None
    love_language_secondary: LoveLanguage | None = None
    relationship_preferences: Preferences = field(default_factory=dict)


class ProfileChanged(Event, frozen=True, tag="identity.profile_changed"):
    """Somebody changed their profile; it is shown whole, as it is now."""

    conflated: ClassVar[bool] = True

    user_id: UUID
    profile: Annotated[Profile, PRIVATE]


class ChangeProfile(Command, frozen=True, tag="identity.change_profile"):
    """Change your profile: what is left out stays, null takes away.

    Another time zone counts from the next local day, so that no day is lived twice.
    """

    actor: ClassVar = "user"
    reply: ClassVar = ProfileChanged
    refusals: ClassVar = (UnknownTimeZone, PreferencesTooLong)

    name: Annotated[Name | UnsetType, PRIVATE] = UNSET
    nickname: Annotated[Nickname | UnsetType | None, PRIVATE] = UNSET
    phone: Annotated[Phone | UnsetType | None, PRIVATE] = UNSET
    photo_url: Annotated[PhotoUrl | UnsetType | None, PRIVATE] = UNSET
    time_zone: Annotated[TimeZone | UnsetType, PRIVATE] = UNSET
    locale: Annotated[Locale | UnsetType, PRIVATE] = UNSET
    love_language_primary: Annotated[LoveLanguage | UnsetType | None, PRIVATE] = UNSET
    love_language_secondary: Annotated[LoveLanguage | UnsetType | None, PRIVATE] = UNSET
    relationship_preferences: Annotated[Preferences | UnsetType, PRIVATE] = UNSET
