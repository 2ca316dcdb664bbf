"""What payments do by themselves, and what is done for them later."""

from datetime import timedelta
from uuid import UUID

import msgspec

from backend.domains.payments import (
    collecting,
    forgetting,
    looking,
    operating,
    parts_store,
    paying_out,
    receiving,
    reconciling,
    recovering,
    store,
    webhook_store,
)
from backend.domains.payments.collecting import COLLECT, LOOKED_AFTER, Collect
from backend.domains.payments.forgetting import FORGET, ForgetCustomer
from backend.domains.payments.looking import GIVE_UP, LOOK, GiveUp, Look
from backend.domains.payments.operating import RECONCILE, Reconcile
from backend.domains.payments.paying_out import REFUND, SendRefund
from backend.domains.payments.receiving import APPLY, ApplyWebhook
from backend.integrations.stripe_api import Stripe
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every, job

AT_ONCE_MAX = 500
FORGOTTEN_AT_ONCE_MAX = 5_000
UNDECIDED_FOR = timedelta(hours=1)
RECOVER = "payments.recover"

_UNDECIDED = """
SELECT id FROM payment_intent
WHERE status IN ('planned', 'open', 'action_needed', 'processing', 'declined') AND updated_at < $1
UNION
SELECT payment_intent_id FROM payment_refund WHERE status = 'pending' AND updated_at < $1
LIMIT $2
"""
_UNASKED = """
SELECT id FROM payment_refund WHERE status = 'planned' AND updated_at < $1
ORDER BY updated_at LIMIT $2
"""


class Recover(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who owes something and has something."""

    user_id: UUID


@job(APPLY)
async def apply_webhook(wanted: ApplyWebhook, run: JobRun) -> None:
    """Apply what Stripe told us."""
    await receiving.apply_webhook(run, wanted.event_id)


@job(COLLECT)
async def collect(wanted: Collect, run: JobRun) -> None:
    """Charge a saved card with what was forfeited."""
    await collecting.collect(run, wanted.payment_id)


@job(REFUND)
async def send_refund(wanted: SendRefund, run: JobRun) -> None:
    """Have money go back to a card."""
    await paying_out.send_refund(run, wanted.refund_id)


@job(FORGET)
async def forget_customer(wanted: ForgetCustomer, run: JobRun) -> None:
    """Have Stripe forget somebody whose account is erased."""
    await forgetting.forget_customer(run, wanted.stripe_customer_id)


@job(LOOK)
async def look(wanted: Look, run: JobRun) -> None:
    """Read a payment anew, and give it up where nobody went on with it."""
    await looking.look(run, wanted)


@job(GIVE_UP)
async def give_up_open(wanted: GiveUp, run: JobRun) -> None:
    """Take no more money of somebody, whatever they had begun to pay."""
    async with run.once():
        await looking.plan_giving_up(run, wanted.user_id)


@job(RECOVER)
async def recover(wanted: Recover, run: JobRun) -> None:
    """Take what somebody owes from what they have."""
    async with run.once():
        owed_minor = await parts_store.owed(wanted.user_id)
        await recovering.recover(run, wanted.user_id, owed_minor)


@every(minutes=1)
async def collect_due(run: JobRun) -> None:
    """Try cards again whose time has come."""
    async with run.once():
        again_s = int(LOOKED_AFTER.total_seconds())
        for payment_id in await store.claim_due(run.now, AT_ONCE_MAX, again_s):
            run.job(COLLECT, Collect(payment_id=payment_id))


@every(hours=1)
async def look_at_undecided(run: JobRun) -> None:
    """Read payments anew of which nobody has said anything for a while, and ask for refunds."""
    if not run.use(Stripe).is_configured:
        return
    before = run.now - UNDECIDED_FOR
    async with run.once():
        for row in await fetch(_UNDECIDED, before, AT_ONCE_MAX):
            run.job(LOOK, Look(payment_id=row["id"]))
        # A job is given up after hours; what is held for a refund is not.
        for row in await fetch(_UNASKED, before, AT_ONCE_MAX):
            run.job(REFUND, SendRefund(refund_id=row["id"]))


@every(hours=1)
async def recover_owed(run: JobRun) -> None:
    """Look for people who owe something and have come to have something."""
    async with run.once():
        for user_id in await parts_store.owing_people(AT_ONCE_MAX):
            run.job(RECOVER, Recover(user_id=user_id))


@every(hours=24)
async def reconcile_daily(run: JobRun) -> None:
    """Have our books held against Stripe's."""
    if run.use(Stripe).is_configured:
        await operating.reconcile_soon(run)


@job(RECONCILE, timeout_s=600)
async def reconcile(wanted: Reconcile, run: JobRun) -> None:
    """Hold our books against Stripe's."""
    del wanted
    await reconciling.reconcile(run)


@every(hours=1)
async def forget_webhooks(run: JobRun) -> None:
    """Let go of webhooks that were applied long ago."""
    await webhook_store.forget(run.now - webhook_store.KEPT_FOR, FORGOTTEN_AT_ONCE_MAX)
