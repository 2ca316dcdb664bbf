"""What the actors of challenges and of people tell each other of challenges."""

from typing import ClassVar
from uuid import UUID

from backend.domains.challenges.messages import ChallengeEnded, ChallengeShared, ChallengeUnshared
from backend.domains.challenges.schedule import OwnClock
from backend.persistence.outages import Outage
from protocol.messages import Tell


class ChallengeBegun(Tell, frozen=True, tag="challenges.begun"):
    """The challenge was written down; it comes to life."""

    actor: ClassVar = "challenge"


class TimePassed(Tell, frozen=True, tag="challenges.time_passed"):
    """It is time to look at the challenge; these are the times we were away."""

    actor: ClassVar = "challenge"
    outages: tuple[Outage, ...] = ()


class ShareBegan(Tell, frozen=True, tag="challenges.share_began"):
    """Somebody shares a challenge of theirs with this person."""

    actor: ClassVar = "user"
    shared: ChallengeShared


class ShareEnded(Tell, frozen=True, tag="challenges.share_ended"):
    """This person follows a challenge no longer."""

    actor: ClassVar = "user"
    unshared: ChallengeUnshared


class ChallengeClosed(Tell, frozen=True, tag="challenges.closed"):
    """A challenge of this person has ended."""

    actor: ClassVar = "user"
    ended: ChallengeEnded


class OwnerMoved(Tell, frozen=True, tag="challenges.owner_moved"):
    """Whose challenge it is has another name or clock."""

    actor: ClassVar = "challenge"
    name: str
    clock: OwnClock


class OwnerLeaving(Tell, frozen=True, tag="challenges.owner_leaving"):
    """Whose challenge it is goes for good: their account is erased."""

    actor: ClassVar = "challenge"


class RelationshipParted(Tell, frozen=True, tag="challenges.relationship_parted"):
    """The relationship in which it was promised has ended."""

    actor: ClassVar = "challenge"
    relationship_id: UUID
