"""What a person's own actor knows of them: their profile."""

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains.identity import rules, store
from backend.domains.identity.messages import ChangeProfile, Profile, ProfileChanged
from protocol.address import key_of

profile = Part(
    "profile",
    of=USER,
    empty=Profile(),
    load=store.load_profiles,
    snapshot=store.show_profile,
)


@profile.evolves(ProfileChanged)
def follow(_profile: Profile, changed: ProfileChanged) -> Profile:
    """Be what the change says; it tells the whole profile."""
    return changed.profile


@profile.handles(ChangeProfile)
def change(command: ChangeProfile, profile: Profile, turn: Turn) -> ProfileChanged:
    """Change a profile; what changes nothing is answered and not published."""
    changed = rules.change(profile, command, by=key_of(turn.address), now=turn.now)
    if changed.profile == profile:
        return changed
    store.write_profile(turn.work, changed.user_id, changed.profile, turn.now)
    return turn.publish(changed)
