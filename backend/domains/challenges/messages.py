"""The words of challenges."""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backend.domains.challenges.refusals import (
    AlreadyDone,
    ChallengeOver,
    ChallengesTooMany,
    ChangeEmpty,
    ChangePending,
    DaysWrong,
    FollowerNeeded,
    FollowersTooMany,
    HasBegun,
    NotDisputable,
    NotOpen,
    NotReferee,
    NotYours,
    PartnerNeeded,
    ProofMissing,
    SchemaWrong,
    SettingsWrong,
    TargetMissed,
    TemplateChanged,
    TemplateForbids,
    TemplatesTooMany,
    TemplateUnknown,
    WindowOver,
    WindowWrong,
)
from backend.domains.challenges.schedule import Schedule, Window
from backend.domains.challenges.values import (
    FOLLOWERS_MAX,
    Allows,
    Difficulty,
    Follower,
    FollowerWanted,
    Instructions,
    Note,
    Occurrence,
    Outcome,
    Proof,
    ProofKind,
    SchemaText,
    Settings,
    Slug,
    StakeWanted,
    Tally,
    TemplateName,
    Terms,
    Title,
    Word,
)
from backend.domains.ledger import InsufficientFunds
from backend.domains.payments import CardMissing, ChargeImpossible, Owing
from backend.domains.stakes import AdultsOnly, Excluded, LimitExceeded
from protocol.common import NotFound
from protocol.limits import BACK_DATED_MAX
from protocol.messages import Command, Event, Role
from protocol.refusals import Refusal

Key = Annotated[str, Meta(max_length=20)]
TemplateVersion = Annotated[int, Meta(ge=1, le=1_000_000)]
Target = Annotated[int, Meta(ge=1, le=1_000_000_000)]
OWNERS: tuple[type[Refusal], ...] = (NotYours, ChallengeOver, NotFound)
OF_CHALLENGE: tuple[str, ...] = ("challenge",)


class ChallengeStarted(Event, frozen=True, tag="challenges.started"):
    """Somebody has begun a challenge; its topic is `challenge/<challenge_id>`."""

    challenge_id: UUID
    title: Title
    relationship_id: UUID | None


class OccurrencesScheduled(Event, frozen=True, tag="challenges.scheduled"):
    """What is promised for the next days, in the place of what was for the days from `from_day`."""

    topics: ClassVar = OF_CHALLENGE
    from_day: date
    made_to: date
    """The last day for which it is known."""
    occurrences: tuple[Occurrence, ...]


class OccurrenceOpened(Event, frozen=True, tag="challenges.due"):
    """A window has opened."""

    topics: ClassVar = OF_CHALLENGE
    occurrence: Occurrence


class OccurrenceDone(Event, frozen=True, tag="challenges.done"):
    """It was done; what was shown for it stands beside."""

    occurrence: Occurrence
    proof: Proof | None = None


class OccurrenceMissed(Event, frozen=True, tag="challenges.missed"):
    """Its window has closed, and it was not done."""

    topics: ClassVar = OF_CHALLENGE
    occurrence: Occurrence


class OccurrenceExcused(Event, frozen=True, tag="challenges.excused"):
    """Nothing is owed for it."""

    occurrence: Occurrence


class OccurrenceDisputed(Event, frozen=True, tag="challenges.disputed"):
    """Two see it differently."""

    occurrence: Occurrence
    note: Note | None = None


class OccurrenceRuled(Event, frozen=True, tag="challenges.ruled"):
    """A referee has ruled."""

    occurrence: Occurrence
    ruled_by: UUID
    note: Note | None = None


class OccurrenceSettled(Event, frozen=True, tag="challenges.settled"):
    """Nothing about it changes any more; where it was missed, its amount is forfeited."""

    topics: ClassVar = OF_CHALLENGE
    occurrence: Occurrence


class ForfeitCharged(Event, frozen=True, tag="challenges.forfeit_charged"):
    """What was missed was paid by the owner's card, or could not be charged so far."""

    topics: ClassVar = OF_CHALLENGE
    event_id: UUID
    is_paid: bool


class ChangeAsked(Event, frozen=True, tag="challenges.change_asked"):
    """What is promised will be another from a day on; null: it stays as it is."""

    terms: Terms | None
    from_day: date | None


class TermsChanged(Event, frozen=True, tag="challenges.terms_changed"):
    """What is promised is another from this day on."""

    topics: ClassVar = OF_CHALLENGE
    terms: Terms
    from_day: date


class FollowersChanged(Event, frozen=True, tag="challenges.followers_changed"):
    """Others follow now."""

    topics: ClassVar = OF_CHALLENGE
    followers: tuple[Follower, ...]


class ChallengeShared(Event, frozen=True, tag="challenges.shared"):
    """One may follow a challenge of somebody; its topic is `challenge/<challenge_id>`."""

    topics: ClassVar = ("user",)
    challenge_id: UUID
    owner_id: UUID
    relationship_id: UUID


class ChallengeUnshared(Event, frozen=True, tag="challenges.unshared"):
    """One follows a challenge no longer."""

    topics: ClassVar = ("user",)
    challenge_id: UUID


class ChallengeEnded(Event, frozen=True, tag="challenges.ended"):
    """All of it is settled; what was held and not forfeited is free again."""

    topics: ClassVar = ("challenge", "user")
    challenge_id: UUID
    tally: Tally
    ended_at: datetime


class TemplatePublished(Event, frozen=True, tag="challenges.template_published"):
    """There is something to promise, or it is another now, or not offered any more."""

    slug: Slug
    version: int
    name: TemplateName
    is_open: bool


class PublishTemplate(Command, frozen=True, tag="challenges.publish_template"):
    """Offer something to promise, or change it; what has begun goes on as it was begun.

    `settings_schema` is a JSON Schema (2020-12) of an object, as text.
    """

    actor: ClassVar = "catalogue"
    reply: ClassVar = TemplatePublished
    refusals: ClassVar = (SchemaWrong, TemplatesTooMany)
    role: ClassVar = Role.ADMIN

    slug: Slug
    name: TemplateName
    challenge_type: Word
    difficulty: Difficulty
    category: Word
    instructions: Instructions
    settings_schema: SchemaText
    allows: Allows
    is_open: bool = True


class StartChallenge(Command, frozen=True, tag="challenges.start"):
    """Begin a challenge, with or without money on it; it is known by the id of this command.

    Prepaid, all that can be lost is held until it is settled. With `relationship_id` and
    `partner_id` the partner follows it, and rules when it is disputed if they gain nothing by it.

    What a partner gets of `usd` never leaves by card, for only what was paid in by card goes back
    to one: it is for promises of their own. What they get of `usdc` they can take out.
    """

    actor: ClassVar = "user"
    reply: ClassVar = ChallengeStarted
    refusals: ClassVar = (
        TemplateUnknown,
        TemplateChanged,
        TemplateForbids,
        SettingsWrong,
        DaysWrong,
        WindowWrong,
        WindowOver,
        ChallengesTooMany,
        PartnerNeeded,
        AdultsOnly,
        Excluded,
        LimitExceeded,
        InsufficientFunds,
        ChargeImpossible,
        CardMissing,
        Owing,
        NotFound,
    )

    template_slug: Slug
    template_version: TemplateVersion
    """The version the person has read; another one is refused."""
    title: Title
    settings: Settings
    schedule: Schedule
    first_day: date
    last_day: date
    proof: ProofKind
    window: Window = Window()
    target: Target | None = None
    stake: StakeWanted | None = None
    relationship_id: UUID | None = None
    partner_id: UUID | None = None


class Prove(Command, frozen=True, tag="challenges.prove"):
    """Show that you did it; without `key` what was open at that moment is meant.

    What was done in time counts also when it is told later, until it is settled.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = OccurrenceDone
    refusals: ClassVar = (NotOpen, AlreadyDone, ProofMissing, TargetMissed, *OWNERS)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    proof: Proof
    key: Key | None = None


class Confirm(Command, frozen=True, tag="challenges.confirm"):
    """Say that you saw it done, where that is the proof."""

    actor: ClassVar = "challenge"
    reply: ClassVar = OccurrenceDone
    refusals: ClassVar = (NotOpen, AlreadyDone, ProofMissing, NotReferee, ChallengeOver, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    key: Key | None = None


class DisputeOccurrence(Command, frozen=True, tag="challenges.dispute"):
    """Say that it was otherwise: you did what is called missed, or they did not what is done.

    A follower rules who may and gains nothing by it; where there is none, and on an appeal, only an
    admin does. What nobody has ruled on within fourteen days is as the owner says.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = OccurrenceDisputed
    refusals: ClassVar = (NotDisputable, NotReferee, ChallengeOver, NotFound)

    key: Key
    note: Note


class RuleOnOccurrence(Command, frozen=True, tag="challenges.rule"):
    """Rule on what is disputed, as a follower who gains nothing by it, or, finally, as an admin."""

    actor: ClassVar = "challenge"
    reply: ClassVar = OccurrenceRuled
    refusals: ClassVar = (NotDisputable, NotReferee, ChallengeOver, NotFound)

    key: Key
    outcome: Outcome
    note: Note | None = None


class ExcuseOccurrence(Command, frozen=True, tag="challenges.excuse"):
    """Excuse whom you follow from one that is not done: they are ill, perhaps."""

    actor: ClassVar = "challenge"
    reply: ClassVar = OccurrenceExcused
    refusals: ClassVar = (NotDisputable, NotReferee, ChallengeOver, NotFound)

    key: Key
    note: Note | None = None


class ChangeTerms(Command, frozen=True, tag="challenges.change"):
    """Change what you promise; what makes it easier holds from the seventh day on.

    `last_day` ends it earlier, which is easier as well. Null takes a change back that waits.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = ChangeAsked
    refusals: ClassVar = (ChangePending, ChangeEmpty, WindowWrong, ChargeImpossible, *OWNERS)

    terms: Terms | None


class Quit(Command, frozen=True, tag="challenges.quit"):
    """End a challenge from the seventh day on; what is promised until then stays promised."""

    actor: ClassVar = "challenge"
    reply: ClassVar = ChangeAsked
    refusals: ClassVar = (ChangePending, ChangeEmpty, *OWNERS)


class CallOff(Command, frozen=True, tag="challenges.call_off"):
    """Call a challenge off before its first window opens; all that is held is free at once."""

    actor: ClassVar = "challenge"
    reply: ClassVar = ChallengeEnded
    refusals: ClassVar = (HasBegun, *OWNERS)


class ShareChallenge(Command, frozen=True, tag="challenges.share"):
    """Let people you are together with follow a challenge of yours, all of it as it has been.

    Without money on it they may confirm, rule and excuse as a partner may. With money on it only
    who was named when it was begun may, and these watch, and may dispute what you say is done.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = FollowersChanged
    refusals: ClassVar = (FollowersTooMany, PartnerNeeded, *OWNERS)

    followers: Annotated[tuple[FollowerWanted, ...], Meta(min_length=1, max_length=FOLLOWERS_MAX)]


class UnshareChallenge(Command, frozen=True, tag="challenges.unshare"):
    """Let somebody follow a challenge of yours no longer, also one that has ended.

    Who was named when money was put on it stays until it has ended, and so does the last who can
    confirm what they saw where that is the proof.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = FollowersChanged
    refusals: ClassVar = (FollowerNeeded, NotYours, NotFound)

    user_id: UUID


class Unfollow(Command, frozen=True, tag="challenges.unfollow"):
    """Follow a challenge no longer."""

    actor: ClassVar = "challenge"
    reply: ClassVar = FollowersChanged
    refusals: ClassVar = (NotFound,)
