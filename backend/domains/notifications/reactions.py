"""What follows in notifications from what happens in other rooms."""

from actors.turn import Turn
from backend.domains.identity import ProfileChanged
from backend.domains.notifications import store
from backend.domains.notifications.actor import preferences
from backend.domains.notifications.rules import Choice
from protocol.address import key_of


@preferences.reacts(ProfileChanged)
def keep_time_zone(event: ProfileChanged, choice: Choice, turn: Turn) -> None:
    """Write down where somebody lives now, for who must know whether it is night there."""
    if choice.is_kept:
        store.write_time_zone(turn.work, key_of(turn.address), event.profile.time_zone)
