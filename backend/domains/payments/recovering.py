"""Recovering: what somebody owes because a bank took a payment back comes from their wallet.

No card is charged for it: a second charge for what was disputed would be disputed as well.
"""

from uuid import UUID

from backend.domains import ledger
from backend.domains.ledger import InsufficientFunds
from backend.domains.payments import booking, parts_store, store
from backend.domains.payments.messages import DebtMoved
from backend.domains.payments.refunding import FINDING_MAX, available
from backend.persistence.job_run import JobRun
from protocol.address import users_address


async def recover(run: JobRun, user_id: UUID, owed_before: int, *, is_news: bool = False) -> None:
    """Take what somebody owes as far as they have it, and let them know what they owe now.

    `is_news` says that a bank has just taken something back.
    """
    await store.one_at_a_time(user_id)
    taken_minor = 0
    for dispute in await parts_store.owed_disputes(user_id):
        most = await available(user_id)
        for _ in range(FINDING_MAX):
            amount_minor = min(most, dispute.owed_minor)
            if amount_minor <= 0:
                break
            try:
                await ledger.post_now(run, booking.recovered(dispute, amount_minor, run.now))
            except InsufficientFunds as problem:
                most = problem.available_minor
                continue
            await parts_store.add_recovered(dispute.id, amount_minor, run.now)
            taken_minor += amount_minor
            break
    owed_minor = await parts_store.owed(user_id)
    if is_news or taken_minor or owed_minor != owed_before:
        told = DebtMoved(owed_minor=owed_minor, taken_minor=taken_minor, is_news=is_news)
        run.tell(users_address(user_id), told)
