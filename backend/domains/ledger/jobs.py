"""What the ledger does by itself: holds whose time is over, and the balances of the house."""

import asyncio
from uuid import uuid5

import structlog

from backend.domains.ledger import store
from backend.domains.ledger.moving import ending
from backend.domains.ledger.posting import post_each
from backend.domains.ledger.transfer import Phase, Reason, Transfer
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every

log = structlog.get_logger()

EXPIRED_AT_ONCE_MAX = 500
ROLLED_AT_ONCE_MAX = 20_000
ROLLS_MAX = 50
ROLL_PAUSE_S = 1
"""Between two pieces: a million transfers in one go would hold up commits for two seconds."""


@every(minutes=1)
async def expire_holds(run: JobRun) -> None:
    """Give back what was held and not taken in time; the rest of many in the next minute."""
    due = await store.due_holds(run.now, EXPIRED_AT_ONCE_MAX)
    if not due:
        return
    async with run.once():
        for address, tell in await post_each([expiry(hold, run) for hold in due]):
            run.tell(address, tell)
    log.info("holds have expired", count=len(due))


def expiry(hold: store.DueHold, run: JobRun) -> Transfer:
    """End a hold under an id made of its own, so that two workers cannot end it twice."""
    return ending(
        Phase.EXPIRE,
        uuid5(hold.hold_id, Phase.EXPIRE),
        hold.hold_id,
        Reason(hold.reason),
        hold.reference,
        run.now,
    )


@every(minutes=1)
async def roll_up_house(_run: JobRun) -> None:
    """Add what has been posted to the accounts of the house, as far as it is settled."""
    for _ in range(ROLLS_MAX):
        rolled = await store.roll_up(ROLLED_AT_ONCE_MAX)
        if not rolled:
            return
        if rolled == ROLLED_AT_ONCE_MAX:
            await asyncio.sleep(ROLL_PAUSE_S)
