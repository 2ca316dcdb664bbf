"""Moving: what other rooms put into their Work to have something of value move.

Nothing here decides whether it can; the database does, in the same transaction, and refuses the
command when it cannot.
"""

from datetime import datetime
from uuid import UUID

from actors.ports import Work
from backend.domains.ledger.accounts import Asset, Purpose, house_account, wallet_account
from backend.domains.ledger.posting import POSTING
from backend.domains.ledger.transfer import (
    LINKED_MAX,
    BadTransfer,
    Cap,
    Phase,
    Reason,
    Transfer,
    check,
)


def post(work: Work, *transfers: Transfer) -> None:
    """Post transfers; they succeed or fail together, and with all else of the command."""
    if len(transfers) > LINKED_MAX:
        raise BadTransfer(f"a command may link at most {LINKED_MAX} transfers")
    for transfer in transfers:
        work.guard(POSTING, check(transfer))


def award(  # noqa: PLR0913 - an award says this much, by name
    work: Work,
    user_id: UUID,
    *,
    id: UUID,  # noqa: A002 - what it is, in every message
    amount_minor: int,
    reference: str,
    at: datetime,
    cap: Cap | None = None,
    once: bool = False,
    asset: str = Asset.COIN,
) -> None:
    """Give a person something; left out silently when given already, or beyond its cap.

    What may be given once in all gets an id derived from what it is for, and `once=True`.
    """
    transfer = Transfer(
        id=id,
        debit_account_id=house_account(asset, Purpose.ISSUANCE),
        credit_account_id=wallet_account(user_id, asset),
        amount_minor=amount_minor,
        asset=asset,
        reason=Reason.AWARD,
        reference=reference,
        at=at,
        is_optional=True,
        is_repeatable=once,
        cap=cap,
    )
    work.guard(POSTING, check(transfer))


def hold(  # noqa: PLR0913 - a hold says this much, by name
    work: Work,
    *,
    id: UUID,  # noqa: A002
    debit_account_id: UUID,
    credit_account_id: UUID,
    amount_minor: int,
    asset: str,
    reason: Reason,
    reference: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Hold an amount for somebody: it cannot be spent, and is not theirs yet.

    It stays until it is posted, voided or, where it has an end, expires.
    """
    transfer = Transfer(
        id=id,
        debit_account_id=debit_account_id,
        credit_account_id=credit_account_id,
        amount_minor=amount_minor,
        asset=asset,
        reason=reason,
        reference=reference,
        at=at,
        phase=Phase.PENDING,
        expires_at=expires_at,
    )
    work.guard(POSTING, check(transfer))


def post_hold(  # noqa: PLR0913
    work: Work,
    *,
    id: UUID,  # noqa: A002
    hold_id: UUID,
    reason: Reason,
    reference: str,
    at: datetime,
    amount_minor: int | None = None,
) -> None:
    """Let what was held, or a part of it, go where it was meant to; the rest is free again."""
    transfer = ending(Phase.POST, id, hold_id, reason, reference, at, amount_minor)
    work.guard(POSTING, check(transfer))


def void_hold(  # noqa: PLR0913
    work: Work,
    *,
    id: UUID,  # noqa: A002
    hold_id: UUID,
    reason: Reason,
    reference: str,
    at: datetime,
) -> None:
    """Give back what was held."""
    work.guard(POSTING, check(ending(Phase.VOID, id, hold_id, reason, reference, at)))


def expire_hold(  # noqa: PLR0913
    work: Work,
    *,
    id: UUID,  # noqa: A002
    hold_id: UUID,
    reason: Reason,
    reference: str,
    at: datetime,
) -> None:
    """Give back what was held, because its time is over; refused before that."""
    work.guard(POSTING, check(ending(Phase.EXPIRE, id, hold_id, reason, reference, at)))


def ending(  # noqa: PLR0913, PLR0917 - called in this room only, in this order
    phase: Phase,
    id: UUID,  # noqa: A002
    hold_id: UUID,
    reason: Reason,
    reference: str,
    at: datetime,
    amount_minor: int | None = None,
) -> Transfer:
    """Make the transfer that ends a hold."""
    return Transfer(
        id=id,
        amount_minor=amount_minor,
        asset=None,
        reason=reason,
        reference=reference,
        at=at,
        phase=phase,
        pending_id=hold_id,
    )
