"""Operating: what those who run Tandem do beside the servers."""

import msgspec

from backend.domains.payments import receiving, webhook_store
from backend.domains.payments.webhook_store import KnownWebhook
from backend.persistence.job_run import JobRun

RECONCILE = "payments.reconcile"
SHOWN_MAX = 50


class Reconcile(msgspec.Struct, frozen=True, kw_only=True):
    """Our books are to be held against Stripe's."""


async def open_webhooks() -> list[KnownWebhook]:
    """Read what Stripe told us and is not applied, the latest first."""
    return await webhook_store.page(None, SHOWN_MAX, is_open=True)


async def replay(run: JobRun, event_id: str | None) -> int:
    """Have a webhook applied again, or all that are not applied; gives how many."""
    async with run.once():
        return await receiving.plan_again(run, event_id)


async def reconcile_soon(run: JobRun) -> None:
    """Have our books held against Stripe's."""
    async with run.once():
        run.job(RECONCILE, Reconcile())
