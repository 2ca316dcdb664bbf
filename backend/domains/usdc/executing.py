"""Executing: what operators say they paid is looked for on the chain, and counts only there."""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from backend.domains.usdc import rules, withdrawal_store, withdrawing
from backend.domains.usdc.messages import Status
from backend.domains.usdc.withdrawal_store import Withdrawal
from backend.integrations.chain import Chain, Execution
from backend.persistence.job_run import JobRun

log = structlog.get_logger()

END = "usdc.end_withdrawal"
CHECKED_AT_ONCE_MAX = 100
CLOCKS_DIFFER_MAX = timedelta(minutes=15)
"""A block may say that it is a little older or younger than it is."""


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid of a withdrawal is confirmed."""

    withdrawal_id: UUID


async def look(run: JobRun, chain: Chain, chain_id: int) -> None:
    """Look at what was paid, and have ended what the chain has confirmed. Raises ChainProblem."""
    paid = await withdrawal_store.read_executing(chain_id, CHECKED_AT_ONCE_MAX)
    found = [(one, await chain.read_transfers(one.tx_hash)) for one in paid if one.tx_hash]
    if not found:
        return
    async with run.once():
        await withdrawal_store.mark_checked([one.id for one in paid], run.now)
        for one, execution in found:
            if execution is not None and execution.is_confirmed:
                run.job(END, Paid(withdrawal_id=one.id))


async def end(run: JobRun, chain: Chain, withdrawal_id: UUID) -> None:
    """End a withdrawal that was paid, or say why the payment does not count.

    Then it is approved still, and not confirmed: what was sent may have been another transaction,
    and who has their money must not be able to cancel. Raises ChainProblem.
    """
    seen = await withdrawal_store.find(withdrawal_id)
    if seen is None or seen.status is not Status.EXECUTING or seen.tx_hash is None:
        return
    execution = await chain.read_transfers(seen.tx_hash)
    if execution is None or not execution.is_confirmed:
        return
    wrong = what_is_wrong(execution, seen)
    async with run.once():
        found = await withdrawal_store.lock(withdrawal_id)
        if found != seen:
            return
        if wrong is None:
            await withdrawing.pay(run, found)
            return
        log.warning(
            "a payment does not fit its withdrawal",
            withdrawal=found.id,
            tx_hash=found.tx_hash,
            why=wrong,
        )
        await withdrawing.move(run, found, Status.APPROVED, tx_hash=None, reason=wrong)


def what_is_wrong(execution: Execution, withdrawal: Withdrawal) -> str | None:
    """Say why a transaction is not the payment of a withdrawal; None where it is."""
    if not execution.has_succeeded:
        return "The transaction was reverted."
    if execution.block.at < withdrawal.asked_at - CLOCKS_DIFFER_MAX:
        return "The transaction is from before the withdrawal was asked for."
    paid = [
        one.micros
        for one in execution.transfers
        if one.receiver == withdrawal.address and one.sender != one.receiver
    ]
    if paid != [withdrawal.amount_micros]:
        there = ", ".join(map(rules.in_words, paid)) or "nothing"
        wanted = rules.in_words(withdrawal.amount_micros)
        return f"The transaction paid {there} to this address, and not {wanted}."
    return None
