"""What a challenge consists of: its terms, what is at stake, each occurrence, who follows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, field

from backend.domains.challenges.schedule import Schedule, Window
from backend.domains.ledger import Asset
from protocol.marks import PRIVATE
from protocol.messages import Value
from protocol.text import ONE_LINE, PROSE

NOTE_MAX = 1_000
FOLLOWERS_MAX = 20
SETTINGS_MAX = 16
AMOUNT_MINOR_MAX = 1_000_000_000
"""Of one occurrence: ten million dollars in cents, a thousand in USDC; limits are far below."""

AmountMinor = Annotated[int, Meta(ge=0, le=AMOUNT_MINOR_MAX)]
AmountMinorMax = Annotated[int, Meta(ge=1, le=AMOUNT_MINOR_MAX)]
Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE), PRIVATE]
Slug = Annotated[str, Meta(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)")]
TemplateName = Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE)]
Word = Annotated[str, Meta(min_length=1, max_length=30, pattern=ONE_LINE)]
Instructions = Annotated[str, Meta(min_length=1, max_length=4_000, pattern=PROSE)]
SchemaText = Annotated[str, Meta(min_length=2, max_length=8_192)]
PhotoReference = Annotated[str, Meta(min_length=1, max_length=300, pattern=ONE_LINE), PRIVATE]
ProofNumber = Annotated[int, Meta(ge=0, le=1_000_000_000), PRIVATE]
SettingName = Annotated[str, Meta(min_length=1, max_length=40)]
SettingText = Annotated[str, Meta(max_length=200)]
SettingNumber = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Settings = Annotated[
    dict[SettingName, SettingText | bool | SettingNumber], Meta(max_length=SETTINGS_MAX), PRIVATE
]
Note = Annotated[str, Meta(min_length=1, max_length=NOTE_MAX, pattern=PROSE), PRIVATE]


class ProofKind(StrEnum):
    """What shows that something was done."""

    NOTE = "note"
    """Some words."""
    NUMBER = "number"
    """A number, at least the target."""
    PHOTO = "photo"
    """A reference to a photo, kept elsewhere."""
    PARTNER = "partner"
    """A follower says that they saw it."""


class StakeMode(StrEnum):
    """How what is at stake is paid."""

    PREPAID = "prepaid"
    """It is held on a balance from the start."""
    CHARGE = "charge"
    """A saved card is charged for each that was missed."""


class ForfeitsTo(StrEnum):
    """Who gets what was forfeited."""

    PARTNER = "partner"
    CHARITY = "charity"
    HOUSE = "house"


class Status(StrEnum):
    """Where an occurrence is on its way."""

    SCHEDULED = "scheduled"
    """Its window has not opened."""
    DUE = "due"
    """Its window is open."""
    DONE = "done"
    MISSED = "missed"
    EXCUSED = "excused"
    DISPUTED = "disputed"
    """Two see it differently; a referee rules."""
    SETTLED = "settled"
    """Nothing about it changes any more."""


class Outcome(StrEnum):
    """What became of an occurrence."""

    DONE = "done"
    MISSED = "missed"
    EXCUSED = "excused"


class Excuse(StrEnum):
    """Why nothing was owed."""

    OUTAGE = "outage"
    """We were away ourselves."""
    NO_SUCH_TIME = "no_such_time"
    """Clocks were set forward over all of its window."""
    FOLLOWER = "follower"
    """Somebody who follows excused it."""
    RULING = "ruling"
    """A referee did."""
    UNRULED = "unruled"
    """It was disputed, and nobody ruled in time."""
    PARTED = "parted"
    """The relationship it was promised in has ended."""


class Dispute(Value, frozen=True):
    """What two see differently."""

    opened_by: UUID
    opened_at: datetime
    over: Outcome
    """What it was before."""
    is_appeal: bool = False
    """Whether it is about a ruling; then only an admin rules."""


class Occurrence(Value, frozen=True):
    """One time something is promised."""

    event_id: UUID
    key: str
    """Its name within the challenge: its day, or its week and number."""
    first_day: date
    last_day: date
    opens_at: datetime
    due_at: datetime
    amount_minor: AmountMinor
    """What it costs to miss it."""
    status: Status
    outcome: Outcome | None = None
    """What has become of it so far; final once it is settled."""
    done_at: datetime | None = None
    """When it was done, by whoever did it,"""
    done_day: date | None = None
    """and which day that was for them."""
    settle_at: datetime | None = None
    """When it becomes final, unless it is disputed before."""
    excuse: Excuse | None = None
    outage_id: UUID | None = None
    """Which time we were away it was excused by, where it was one."""
    dispute: Dispute | None = None


class Terms(Value, frozen=True):
    """What is promised, and until when; as it holds at a time."""

    schedule: Schedule
    window: Window
    last_day: date
    amount_minor: AmountMinor = 0


class Stake(Value, frozen=True):
    """What is at stake, and whose it becomes."""

    mode: StakeMode
    asset: Asset
    forfeits_to: ForfeitsTo
    beneficiary_id: UUID | None = None
    """The partner who gets it, where one does."""


class Follower(Value, frozen=True):
    """Somebody who sees how it goes; how they know whose it is, is told to nobody else."""

    user_id: UUID
    is_referee: bool = False
    """Whether they may rule when something is disputed, confirm what they saw, and excuse."""


class Following(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Somebody who follows, as the challenge's actor knows them."""

    user_id: UUID
    relationship_id: UUID
    """How they know each other."""
    is_referee: bool = False

    @property
    def shown(self) -> Follower:
        """Show them to the others who follow."""
        return Follower(user_id=self.user_id, is_referee=self.is_referee)


class FollowerWanted(Value, frozen=True):
    """Somebody who is to follow, and the relationship with them."""

    relationship_id: UUID
    partner_id: UUID


class Tally(Value, frozen=True):
    """What has become of all that was settled."""

    done: int = 0
    missed: int = 0
    excused: int = 0
    forfeited_minor: AmountMinor = 0


class Proof(Value, frozen=True):
    """What somebody shows for having done it; which of these is needed, the challenge says."""

    note: Note | None = None
    number: ProofNumber | None = None
    photo: PhotoReference | None = None


class StakeWanted(Value, frozen=True):
    """What is to be at stake for each occurrence, and whose it becomes."""

    mode: StakeMode
    asset: Asset
    amount_minor: Annotated[int, Meta(ge=1, le=AMOUNT_MINOR_MAX)]
    forfeits_to: ForfeitsTo
    """What a partner gets of `usd` stays in their wallet; of `usdc` they can take it out."""


class Difficulty(StrEnum):
    """How hard something is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class ScheduleKind(StrEnum):
    """How often something is promised."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    TIMES_A_WEEK = "times_a_week"
    DATES = "dates"


class Allows(Value, frozen=True):
    """What a template allows; an empty list of stakes means that no money may be on it."""

    schedules: Annotated[tuple[ScheduleKind, ...], Meta(min_length=1, max_length=4)]
    proofs: Annotated[tuple[ProofKind, ...], Meta(min_length=1, max_length=4)]
    days_min: Annotated[int, Meta(ge=1, le=366)] = 1
    days_max: Annotated[int, Meta(ge=1, le=366)] = 366
    stake_modes: Annotated[tuple[StakeMode, ...], Meta(max_length=2)] = ()
    forfeits_to: Annotated[tuple[ForfeitsTo, ...], Meta(max_length=3)] = ()
    amount_minor_max: Annotated[dict[Asset, AmountMinorMax], Meta(max_length=5)] = field(
        default_factory=dict
    )
    """Of one occurrence, by asset; one that is not named may not be put on it."""
