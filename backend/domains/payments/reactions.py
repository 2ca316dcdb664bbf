"""What follows for payments from what somebody says of themselves."""

from actors.turn import Turn
from backend.domains.payments.actor import payments
from backend.domains.payments.looking import GIVE_UP, GiveUp
from backend.domains.stakes.messages import ProtectionChanged
from protocol.address import key_of


@payments.reacts(ProtectionChanged)
def give_up_open(event: ProtectionChanged, turn: Turn) -> None:
    """Take no more money of who has shut themselves out, whatever they had begun to pay."""
    until = event.protection.excluded_until
    if until is not None and until > turn.now:
        turn.work.job(GIVE_UP, GiveUp(user_id=key_of(turn.address)))
