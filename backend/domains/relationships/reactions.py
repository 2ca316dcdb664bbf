"""What follows in relationships from what happens in other rooms."""

from actors.turn import Turn
from backend.domains.identity import ProfileChanged
from backend.domains.relationships import rules
from backend.domains.relationships.bonds import bonds
from backend.domains.relationships.messages import ProfileMoved
from backend.domains.relationships.rules import Bonds
from protocol.address import address_of


@bonds.reacts(ProfileChanged)
def pass_profile_on(event: ProfileChanged, bonds: Bonds, turn: Turn) -> None:
    """Let every relationship of a person know their new name and clock."""
    member = rules.told(event.user_id, event.profile)
    for relationship_id, bond in bonds.by_id.items():
        if bond.expires_at is None:
            address = address_of("relationship", relationship_id)
            turn.work.tell(address, ProfileMoved(member=member))
