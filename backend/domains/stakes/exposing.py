"""Exposing: what somebody stands to lose of a challenge, with the turn of their own actor."""

from uuid import UUID

from actors.turn import Turn
from backend.domains.ledger import Asset
from backend.domains.stakes import store
from backend.domains.stakes.rules import ExposureChanged


def expose(turn: Turn, challenge_id: UUID, asset: Asset, amount_minor: int) -> None:
    """Have somebody stand to lose something."""
    store.add_exposure(turn, challenge_id, asset, amount_minor)
    turn.note(ExposureChanged(challenge_id=challenge_id, asset=asset, amount_minor=amount_minor))


def cover(turn: Turn, challenge_id: UUID) -> None:
    """Have somebody stand to lose nothing of a challenge any more."""
    store.remove_exposure(turn, challenge_id)
    turn.note(ExposureChanged(challenge_id=challenge_id, asset=None))
