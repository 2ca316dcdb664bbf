"""What follows in challenges from what happens in other rooms."""

from actors.turn import Turn
from backend.domains.challenges.actor import mine
from backend.domains.challenges.messages import OwnerMoved, RelationshipParted
from backend.domains.challenges.rules import Mine
from backend.domains.identity import ProfileChanged
from backend.domains.relationships import RelationshipEnded
from protocol.address import address_of


@mine.reacts(ProfileChanged)
def pass_clock_on(event: ProfileChanged, mine: Mine, turn: Turn) -> None:
    """Let every challenge of a person know their new name and clock."""
    profile = event.profile
    for challenge_id in mine.running:
        moved = OwnerMoved(
            name=profile.name,
            time_zone=profile.time_zone,
            time_zone_before=profile.time_zone_before,
            time_zone_from=profile.time_zone_from,
        )
        turn.work.tell(address_of("challenge", challenge_id), moved)


@mine.reacts(RelationshipEnded)
def part(event: RelationshipEnded, mine: Mine, turn: Turn) -> None:
    """Let every challenge know that was promised in a relationship which has ended."""
    for challenge_id, relationship_id in mine.running.items():
        if relationship_id == event.relationship_id:
            parted = RelationshipParted(relationship_id=relationship_id)
            turn.work.tell(address_of("challenge", challenge_id), parted)
