"""Pledges: money held for a promise, taken bit by bit as it is broken, and given back at the end.

One hold stands for all that can still be lost. The ledger ends a hold whole: so what is forfeited
is posted out of it, and what is left is held anew in the same step, under ids made of the hold's.
"""

from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from backend.domains.ledger import Asset, Phase, Reason, Transfer, ending


class Pledge(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is held of somebody's wallet, and for whom."""

    asset: Asset
    from_account_id: UUID
    to_account_id: UUID
    """Who gets what is forfeited."""
    hold_id: UUID | None
    held_minor: int


def pledge(  # noqa: PLR0913 - what a pledge says, by name
    hold_id: UUID,
    *,
    asset: Asset,
    from_account_id: UUID,
    to_account_id: UUID,
    amount_minor: int,
    reference: str,
    at: datetime,
) -> tuple[Pledge, Transfer]:
    """Hold an amount."""
    pledged = Pledge(
        asset=asset,
        from_account_id=from_account_id,
        to_account_id=to_account_id,
        hold_id=hold_id,
        held_minor=amount_minor,
    )
    return pledged, _held(pledged, reference, at)


def forfeit(
    pledged: Pledge, amount_minor: int, *, reference: str, at: datetime
) -> tuple[Pledge, tuple[Transfer, ...]]:
    """Take an amount out of what is held; never more than that."""
    amount_minor = min(amount_minor, pledged.held_minor)
    if pledged.hold_id is None or amount_minor == 0:
        return pledged, ()
    taken = ending(
        Phase.POST,
        uuid5(pledged.hold_id, "forfeit"),
        pledged.hold_id,
        Reason.FORFEIT,
        reference,
        at,
        amount_minor,
    )
    left_minor = pledged.held_minor - amount_minor
    if left_minor == 0:
        return msgspec.structs.replace(pledged, hold_id=None, held_minor=0), (taken,)
    left = msgspec.structs.replace(
        pledged, hold_id=uuid5(pledged.hold_id, "rest"), held_minor=left_minor
    )
    return left, (taken, _held(left, reference, at))


def release(
    pledged: Pledge, *, reference: str, at: datetime
) -> tuple[Pledge, tuple[Transfer, ...]]:
    """Give back all that is held."""
    if pledged.hold_id is None:
        return pledged, ()
    given_back = ending(
        Phase.VOID,
        uuid5(pledged.hold_id, "release"),
        pledged.hold_id,
        Reason.STAKE,
        reference,
        at,
    )
    return msgspec.structs.replace(pledged, hold_id=None, held_minor=0), (given_back,)


def release_down_to(
    pledged: Pledge, amount_minor: int, *, reference: str, at: datetime
) -> tuple[Pledge, tuple[Transfer, ...]]:
    """Give back what is held beyond an amount, because no more can be lost."""
    if pledged.hold_id is None or pledged.held_minor <= amount_minor:
        return pledged, ()
    freed, transfers = release(pledged, reference=reference, at=at)
    if amount_minor == 0:
        return freed, transfers
    left = msgspec.structs.replace(
        pledged, hold_id=uuid5(pledged.hold_id, "rest"), held_minor=amount_minor
    )
    return left, (*transfers, _held(left, reference, at))


def _held(pledged: Pledge, reference: str, at: datetime) -> Transfer:
    assert pledged.hold_id is not None  # noqa: S101 - something is held
    return Transfer(
        id=pledged.hold_id,
        debit_account_id=pledged.from_account_id,
        credit_account_id=pledged.to_account_id,
        amount_minor=pledged.held_minor,
        asset=pledged.asset,
        reason=Reason.STAKE,
        reference=reference,
        at=at,
        phase=Phase.PENDING,
    )
