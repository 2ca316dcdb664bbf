"""The words of stakes: what somebody says of themselves, and the limits they set themselves."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, field

from backend.domains.ledger import Asset
from protocol.messages import Command, Event, Value
from protocol.refusals import Refusal

LIMIT_MINOR_MAX = 1_000_000_000_000
EXCLUSION_DAYS_MIN, EXCLUSION_DAYS_MAX = 1, 5 * 365
LOOSENS_AFTER_DAYS = 7
ASSETS_MAX = 2

LimitMinor = Annotated[int, Meta(ge=0, le=LIMIT_MINOR_MAX)]
ExclusionDays = Annotated[int, Meta(ge=EXCLUSION_DAYS_MIN, le=EXCLUSION_DAYS_MAX)]


class AdultsOnly(Refusal):
    """Money is put on a promise only by who said that they are of age."""

    code = "stakes.adults_only"
    sentence = "Say first that you are of age: money on a promise is for adults."
    http_status = 403


class Excluded(Refusal):
    """The person has shut themselves out from stakes for a time."""

    code = "stakes.excluded"
    sentence = "You shut yourself out from stakes until {until}."
    http_status = 403
    until: datetime


class LimitExceeded(Refusal):
    """The limit the person set themselves."""

    code = "stakes.limit_exceeded"
    sentence = "Your limit for {what} is {limit_minor} of {asset}; this would be {amount_minor}."
    what: str
    asset: Asset
    limit_minor: int
    amount_minor: int


class AlreadyExcluded(Refusal):
    """Who has shut themselves out cannot shorten that."""

    code = "stakes.already_excluded"
    sentence = "You are shut out until {until}; that can be made longer, not shorter."
    until: datetime


class AssetLimits(Value, frozen=True):
    """What somebody wants to be held to, of one asset; null is no limit."""

    each_minor: LimitMinor | None = None
    """Of one occurrence."""
    challenge_minor: LimitMinor | None = None
    """Of one challenge in all."""
    open_minor: LimitMinor | None = None
    """Of all challenges that go on, together."""


Limits = Annotated[dict[Asset, AssetLimits], Meta(max_length=ASSETS_MAX)]


class Protection(Value, frozen=True):
    """What protects somebody from putting more on a promise than they want."""

    adult_at: datetime | None = None
    """When they said that they are of age."""
    excluded_until: datetime | None = None
    limits: Limits = field(default_factory=dict)
    next_limits: Limits | None = None
    next_from: datetime | None = None
    """When looser limits hold, where these were asked for."""


class ProtectionChanged(Event, frozen=True, tag="stakes.protection_changed"):
    """What protects somebody is another now; it is shown whole."""

    conflated: ClassVar[bool] = True
    protection: Protection


class StateAdult(Command, frozen=True, tag="stakes.state_adult"):
    """Say that you are of age where you live; without it no money is put on a promise."""

    actor: ClassVar = "user"
    reply: ClassVar = ProtectionChanged

    is_adult: bool


class SetLimits(Command, frozen=True, tag="stakes.set_limits"):
    """Set yourself limits; tighter ones hold at once, looser ones after seven days.

    Of an asset that is left out there is no limit.
    """

    actor: ClassVar = "user"
    reply: ClassVar = ProtectionChanged

    limits: Limits


class ExcludeMyself(Command, frozen=True, tag="stakes.exclude_myself"):
    """Shut yourself out from stakes for so many days; it cannot be taken back or shortened.

    What is at stake already goes on as it was promised.
    """

    actor: ClassVar = "user"
    reply: ClassVar = ProtectionChanged
    refusals: ClassVar = (AlreadyExcluded,)

    days: ExclusionDays
