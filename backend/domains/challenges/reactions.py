"""What follows in challenges from what happens in other rooms."""

from actors.turn import Turn
from backend.domains.challenges.mine import mine
from backend.domains.challenges.parting import PART, Parted
from backend.domains.challenges.rules import Mine, clock_of
from backend.domains.challenges.tells import OwnerMoved, RelationshipParted
from backend.domains.identity import ProfileChanged
from backend.domains.relationships import RelationshipEnded
from protocol.address import address_of


@mine.reacts(ProfileChanged)
def pass_clock_on(event: ProfileChanged, mine: Mine, turn: Turn) -> None:
    """Let every challenge of a person know their new name and clock."""
    moved = OwnerMoved(name=event.profile.name, clock=clock_of(event.profile))
    for challenge_id in sorted(mine.running):
        turn.work.tell(address_of("challenge", challenge_id), moved)


@mine.reacts(RelationshipEnded)
def part(event: RelationshipEnded, mine: Mine, turn: Turn) -> None:
    """Let every challenge know that may be followed through a relationship which has ended."""
    parted = RelationshipParted(relationship_id=event.relationship_id)
    for challenge_id in sorted(mine.running):
        turn.work.tell(address_of("challenge", challenge_id), parted)
    turn.work.job(PART, Parted(relationship_id=event.relationship_id))
