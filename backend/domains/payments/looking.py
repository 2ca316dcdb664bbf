"""Looking: payments of which nobody has said anything for a while are read anew, or given up."""

from uuid import UUID

import msgspec
import structlog

from backend.domains.payments import applying, funding, store
from backend.domains.payments.messages import StripeUnreachable
from backend.domains.payments.rules import ABANDONED_AFTER
from backend.domains.payments.values import PaymentType
from backend.integrations.stripe_api import Stripe, StripeRequestWrong
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater

log = structlog.get_logger()

LOOK = "payments.look"
GIVE_UP = "payments.give_up_open"

_OPEN = """
SELECT id FROM payment_intent
WHERE user_id = $1 AND payment_type = 'fund' AND paid_at IS NULL AND status <> 'canceled'
"""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that nobody has said anything of for a while."""

    payment_id: UUID
    gives_up: bool = False
    """Whether it is canceled, where it can be."""


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of whom no more money is to be taken."""

    user_id: UUID


async def plan_giving_up(run: JobRun, user_id: UUID) -> None:
    """Have all be given up that somebody has begun to pay in; in the caller's transaction."""
    for row in await fetch(_OPEN, user_id):
        run.job(LOOK, Look(payment_id=row["id"], gives_up=True))


async def look(run: JobRun, wanted: Look) -> None:
    """Read a payment anew, and give it up where nobody went on with it. Raises TryLater."""
    row = await store.read(wanted.payment_id)
    if row is None:
        return
    is_fund = row.payment_type is PaymentType.FUND
    is_old = wanted.gives_up or row.created_at < run.now - ABANDONED_AFTER
    is_given_up = is_fund and row.paid_at is None and is_old
    if is_given_up:
        try:
            await funding.cancel_at_stripe(run.use(Stripe).client, row)
        except StripeRequestWrong:
            log.info("a payment could not be canceled, and is read anew", payment_id=str(row.id))
        except StripeUnreachable as problem:
            raise TryLater(str(problem)) from None
    if row.is_at_stripe:
        await applying.apply_known(run, row)
    elif is_given_up:
        await applying.cancel_unpaid(run, row.id)
