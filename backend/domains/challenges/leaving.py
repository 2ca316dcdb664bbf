"""Leaving: what becomes of somebody's promises when their account is to rest or to be erased.

A promise with money on it is kept or lost first; the others end, through the actors that know them.
"""

from uuid import UUID

from backend.domains.challenges.refusals import StakeGoesOn
from backend.domains.challenges.tells import OwnerLeaving
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.personal_data import Circle, ErasureWish
from protocol.address import address_of

_STAKED = """
SELECT count(*) AS count FROM user_challenge
WHERE user_id = $1 AND status = 'running' AND stake_mode IS NOT NULL
"""
_RUNNING = "SELECT id FROM user_challenge WHERE user_id = $1 AND status = 'running' ORDER BY id"
# What was missed before they parted still comes to them, and nobody could take it out any more.
_TO_GAIN_BY = """
SELECT 1 FROM user_challenge WHERE beneficiary_id = $1 AND status = 'running' LIMIT 1
"""
_OWN = "SELECT id FROM user_challenge WHERE user_id = $1 ORDER BY id"
_FOLLOWED = "SELECT user_challenge_id AS id FROM challenge_follower WHERE user_id = $1 ORDER BY id"


async def on_rest(user_id: UUID) -> None:
    """Refuse to have somebody rest who has money on a promise. Raises StakeGoesOn.

    Who cannot come to show that they did it would lose it all, one after the other, unseen.
    """
    count: int = (await fetch(_STAKED, user_id))[0]["count"]
    if count:
        raise StakeGoesOn(count=count)


async def why_not_erase(wish: ErasureWish) -> None:
    """Refuse to erase somebody who has money on a promise. Raises StakeGoesOn."""
    await on_rest(wish.user_id)


async def part(wish: ErasureWish, run: JobRun) -> bool:
    """Have what somebody promised end.

    Tells whether any of it goes on, or anything by which they may still gain; that ends with the
    relationship it was promised in, when all that was missed before is decided.
    """
    running = await fetch(_RUNNING, wish.user_id)
    for row in running:
        run.tell(address_of("challenge", row["id"]), OwnerLeaving())
    return bool(running or await fetch(_TO_GAIN_BY, wish.user_id))


async def circle(user_id: UUID) -> Circle:
    """Say which promises tell of somebody: their own, and those they follow."""
    own = await fetch(_OWN, user_id)
    followed = await fetch(_FOLLOWED, user_id)
    return Circle(
        shared=tuple(address_of("challenge", row["id"]) for row in own),
        others=tuple(address_of("challenge", row["id"]) for row in followed),
    )
