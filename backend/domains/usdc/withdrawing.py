"""Withdrawing: what somebody wants paid out is held, confirmed by a letter, and paid by operators.

Until an operator takes it on, its owner may cancel it. Whoever shut themselves out from stakes may
withdraw all the same.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from backend.domains import identity, ledger
from backend.domains.identity import Identity, TokenKind
from backend.domains.identity.messages import LinkExpired, LinkUnknown, LinkUsed
from backend.domains.ledger import (
    Asset,
    Phase,
    Purpose,
    Reason,
    Transfer,
    ending,
    house_account,
    wallet_account,
)
from backend.domains.usdc import rules, wallet_store, withdrawal_store
from backend.domains.usdc.bodies import AskToWithdraw
from backend.domains.usdc.letters import SEND_CONFIRMATION, ConfirmationWanted
from backend.domains.usdc.limits import CONFIRM_WITHIN
from backend.domains.usdc.messages import (
    AddressCooling,
    EmailNotProved,
    Status,
    WithdrawalMoved,
    WithdrawalShown,
)
from backend.domains.usdc.usdc import Usdc
from backend.domains.usdc.wallet_store import WalletRow
from backend.domains.usdc.withdrawal_store import Withdrawal
from backend.persistence.job_run import JobRun
from protocol.address import users_address
from protocol.common import IdReused, NotFound
from protocol.ids import uuid7

EXPIRED_AT_ONCE_MAX = 500


async def ask(run: JobRun, room: Identity, user_id: UUID, wanted: AskToWithdraw) -> WithdrawalShown:
    """Hold what somebody wants paid out, and have a letter sent by which they confirm it.

    Raises NotOffered, ReturnToNotAllowed, EmailNotProved, RateLimited, IdReused, NotFound,
    AddressCooling, what `rules.check_withdrawal` does, and InsufficientFunds.
    """
    usdc = run.use(Usdc)
    leads_to = wanted.return_to or room.settings.public_url
    identity.check_return_to(leads_to, room.settings.return_to)
    chain_id = usdc.settings.chain_id
    if await identity.addressee_of(user_id) is None:
        raise EmailNotProved
    await room.count(usdc_withdrawal_account=str(user_id))
    limits = usdc.limits(await identity.tier_of(user_id))
    withdrawal_id = wanted.withdrawal_id or uuid7(int(run.now.timestamp() * 1000))
    async with run.once():
        await wallet_store.one_at_a_time(user_id)
        known = await withdrawal_store.find(withdrawal_id)
        if known is not None:
            return _same(known, user_id, wanted).shown()
        wallet = await _address(user_id, chain_id, wanted.wallet_id, run.now)
        withdrawn = await withdrawal_store.withdrawn(user_id, run.now)
        rules.check_withdrawal(limits, wanted.amount_micros, withdrawn)
        asked = await _hold(withdrawal_id, wallet, wanted.amount_micros, run)
        run.job(SEND_CONFIRMATION, ConfirmationWanted(withdrawal_id=asked.id, return_to=leads_to))
    return asked.shown()


async def confirm(run: JobRun, room: Identity, user_id: UUID, token: str) -> WithdrawalShown:
    """Confirm a withdrawal by the token of its link, as its owner.

    Raises LinkUnknown, LinkUsed, LinkExpired, WithdrawalDecided, RateLimited.
    """
    await room.count(usdc_confirm_account=str(user_id))
    token_hash = identity.hash_of(token, TokenKind.LINK)
    async with run.once():
        found = await withdrawal_store.lock_by_token(token_hash) if token_hash else None
        if found is None or found.user_id != user_id:
            raise LinkUnknown
        if found.confirmed_at is not None:
            raise LinkUsed
        if found.status is Status.EXPIRED or found.confirm_until <= run.now:
            raise LinkExpired
        rules.check_status(found.status, Status.ASKED)
        return (await move(run, found, Status.CONFIRMED, confirmed_at=run.now)).shown()


async def cancel(run: JobRun, user_id: UUID, withdrawal_id: UUID) -> WithdrawalShown:
    """Cancel a withdrawal nobody has taken on yet. Raises NotFound, WithdrawalDecided."""
    async with run.once():
        found = await withdrawal_store.lock(withdrawal_id)
        if found is None or found.user_id != user_id:
            raise NotFound(what="withdrawal")
        if found.status is Status.CANCELLED:
            return found.shown()
        rules.check_status(found.status, *rules.CANCELLABLE)
        return (await give_back(run, found, Status.CANCELLED)).shown()


async def expire(run: JobRun) -> int:
    """Give back what was not confirmed in time; returns how many there were."""
    async with run.once():
        late = await withdrawal_store.lock_unconfirmed(run.now, EXPIRED_AT_ONCE_MAX)
        for one in late:
            await give_back(run, one, Status.EXPIRED)
    return len(late)


async def give_back(
    run: JobRun, withdrawal: Withdrawal, status: Status, **columns: Any
) -> Withdrawal:
    """End a withdrawal that comes to nothing; what was held is free again."""
    await _end_hold(run, withdrawal, Phase.VOID)
    return await move(run, withdrawal, status, **columns)


async def pay(run: JobRun, withdrawal: Withdrawal) -> Withdrawal:
    """End a withdrawal that was paid: what was held is gone."""
    await _end_hold(run, withdrawal, Phase.POST)
    return await move(run, withdrawal, Status.DONE)


async def move(run: JobRun, withdrawal: Withdrawal, status: Status, **columns: Any) -> Withdrawal:
    """Have a withdrawal be further, and its owner hear of it."""
    moved = await withdrawal_store.change(withdrawal, status, run.now, **columns)
    run.tell(users_address(moved.user_id), WithdrawalMoved(withdrawal=moved.shown()))
    return moved


def _same(known: Withdrawal, user_id: UUID, wanted: AskToWithdraw) -> Withdrawal:
    """Make sure that what is known by an id is what is wanted now. Raises IdReused."""
    same = (user_id, wanted.wallet_id, wanted.amount_micros)
    if (known.user_id, known.wallet_id, known.amount_micros) != same:
        raise IdReused
    return known


async def _address(user_id: UUID, chain_id: int, wallet_id: UUID, now: datetime) -> WalletRow:
    """Find where somebody wants to be paid. Raises NotFound, AddressCooling."""
    own = await wallet_store.own_addresses(user_id, chain_id)
    wallet = next((one for one in own if one.id == wallet_id), None)
    if wallet is None:
        raise NotFound(what="address")
    if now < wallet.usable_from:
        raise AddressCooling(usable_from=wallet.usable_from)
    return wallet


async def _hold(
    withdrawal_id: UUID, wallet: WalletRow, amount_micros: int, run: JobRun
) -> Withdrawal:
    """Write a withdrawal down, and hold its amount. Raises InsufficientFunds."""
    asked = await withdrawal_store.add(
        withdrawal_id,
        user_id=wallet.user_id,
        wallet_id=wallet.id,
        chain_id=wallet.chain_id,
        address=wallet.address,
        amount_micros=amount_micros,
        hold_id=uuid5(withdrawal_id, "hold"),
        confirm_until=run.now + CONFIRM_WITHIN,
        now=run.now,
    )
    held = Transfer(
        id=asked.hold_id,
        debit_account_id=wallet_account(wallet.user_id, Asset.USDC),
        credit_account_id=house_account(Asset.USDC, Purpose.CHAIN),
        amount_minor=amount_micros,
        asset=Asset.USDC,
        reason=Reason.WITHDRAWAL,
        reference=_reference(asked),
        at=run.now,
        phase=Phase.PENDING,
    )
    await ledger.post_now(run, held)
    run.tell(users_address(asked.user_id), WithdrawalMoved(withdrawal=asked.shown()))
    return asked


async def _end_hold(run: JobRun, withdrawal: Withdrawal, phase: Phase) -> None:
    ended = ending(
        phase,
        uuid5(withdrawal.id, phase),
        withdrawal.hold_id,
        Reason.WITHDRAWAL,
        _reference(withdrawal),
        run.now,
    )
    await ledger.post_now(run, ended)


def _reference(withdrawal: Withdrawal) -> str:
    return f"usdc_withdrawal/{withdrawal.id}"
