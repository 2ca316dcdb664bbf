"""Reconciling: once a day our books are held against Stripe's own lists.

What Stripe lists as having happened and nobody told us of is put into the inbox, so a webhook that
was lost is late, not missed; and so is one whose job was given up. And what all payments, refunds
and disputes together did to the balance there must be what our account `card` says.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog
from stripe import StripeClient

from backend.domains.payments import receiving, webhook_store
from backend.domains.payments.booking import CARD
from backend.domains.payments.webhook_store import NewWebhook
from backend.integrations.stripe_api import Stripe, stripe_facts
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun

log = structlog.get_logger()

LISTED_MAX = 20_000
PAGE_MAX = 100
LISTED_FOR = timedelta(days=30)
"""So long Stripe lists events."""
SETTLES_WITHIN = timedelta(hours=1)
"""What happened in the last hour is left to the next time; it may still be on its way to us."""
OURS = ("charge", "payment", "refund", "payment_refund", "adjustment", "refund_failure")
"""What of the balance is about payments; what is paid out to the bank is not."""

_LAST = """
SELECT listed_to, stripe_minor, difference_minor FROM stripe_reconciliation
ORDER BY ran_at DESC LIMIT 1
"""
_ADD = """
INSERT INTO stripe_reconciliation (id, ran_at, listed_from, listed_to, events_listed, events_missed,
                                   stripe_minor, ledger_minor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# What the account had at that moment: Stripe is asked no further either.
_CARD = """
SELECT coalesce((
    SELECT sum(CASE credit_account_id WHEN $1 THEN amount_minor ELSE -amount_minor END)
    FROM transfer
    WHERE created_at >= $2 AND phase IN ('posted', 'post')
      AND $1 IN (debit_account_id, credit_account_id)
), 0)::bigint - posted_minor AS minor
FROM house_balance WHERE account_id = $1
"""


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    id: UUID
    listed_from: datetime
    listed_to: datetime
    events_listed: int
    events_missed: int
    stripe_minor: int
    ledger_minor: int

    @property
    def difference_minor(self) -> int:
        """What Stripe has more than our books say."""
        return self.stripe_minor - self.ledger_minor


async def reconcile(run: JobRun) -> Reconciliation | None:
    """Look for what nobody told us of, and compare the sums. Raises StripeProblem."""
    service = run.use(Stripe)
    if not service.is_configured:
        return None
    rows = await fetch(_LAST)
    last_minor, last_difference = 0, 0
    listed_from = datetime.fromtimestamp(0, UTC)
    if rows:
        last_minor, last_difference = rows[0]["stripe_minor"], rows[0]["difference_minor"]
        listed_from = rows[0]["listed_to"]
    listed_to = (run.now - SETTLES_WITHIN).replace(microsecond=0)
    with stripe_facts():
        since = max(listed_from, run.now - LISTED_FOR)
        events = await _list_events(service.client, since, listed_to)
        moved_minor = await _sum_balance(service.client, listed_from, listed_to)
    async with run.once():
        missed = [event for event in events if await webhook_store.keep(event, run.now)]
        # What came may have been given up, while Stripe was away for longer than a job is tried.
        await receiving.plan_again(run, None)
        found = Reconciliation(
            id=uuid4(),
            listed_from=listed_from,
            listed_to=listed_to,
            events_listed=len(events),
            events_missed=len(missed),
            stripe_minor=last_minor + moved_minor,
            ledger_minor=(await fetch(_CARD, CARD, listed_to))[0]["minor"],
        )
        await _add(found, run.now)
    _say(found, last_difference)
    return found


async def _list_events(client: StripeClient, since: datetime, to: datetime) -> list[NewWebhook]:
    """List what happened, the latest first, as far as there is anything for us in it."""
    wanted: Any = {**_between(since, to), "limit": PAGE_MAX}
    page = await client.v1.events.list_async(wanted)
    found: list[NewWebhook] = []
    async for event in page.auto_paging_iter():
        new = receiving.new_webhook(event, str(event), was_missed=True)
        if new.about is not None:
            found.append(new)
        if len(found) >= LISTED_MAX:
            log.warning("Stripe lists more events than are read", count=LISTED_MAX)
            break
    return found


async def _sum_balance(client: StripeClient, since: datetime, to: datetime) -> int:
    """Add up what payments did to the balance at Stripe."""
    wanted: Any = {**_between(since, to), "currency": "usd", "limit": PAGE_MAX}
    page = await client.v1.balance_transactions.list_async(wanted)
    return sum([change.net async for change in page.auto_paging_iter() if change.type in OURS])


def _between(since: datetime, to: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp()), "lt": int(to.timestamp())}}


async def _add(found: Reconciliation, now: datetime) -> None:
    await fetch(
        _ADD,
        found.id,
        now,
        found.listed_from,
        found.listed_to,
        found.events_listed,
        found.events_missed,
        found.stripe_minor,
        found.ledger_minor,
    )


def _say(found: Reconciliation, last_difference: int) -> None:
    if found.events_missed:
        log.warning("webhooks had been missed", count=found.events_missed)
    if found.difference_minor and found.difference_minor == last_difference:
        # Once is what happened within the hour; twice the same is a mistake.
        log.error("our books differ from Stripe's", difference_minor=found.difference_minor)
