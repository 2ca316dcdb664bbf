"""Parting: how somebody whose account is to be erased goes from the lives of others.

Relationships end as by leaving and invitations are taken back, through the actors that know them.
What is left of a name afterwards is an invitation nobody ever answered, in the inbox of who got it.
"""

from uuid import UUID

from backend.domains.notifications.messages import MoreToWithdraw
from backend.domains.relationships.messages import PersonLeaving
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.personal_data import Circle, ErasureWish
from protocol.address import address_of, users_address

_IS_BOUND = """
SELECT EXISTS (
    SELECT FROM relationship
    WHERE (user_1_id = $1 OR user_2_id = $1) AND status IN ('active', 'paused')
) OR EXISTS (
    SELECT FROM invitation WHERE inviter_id = $1 AND status = 'pending'
) OR EXISTS (
    SELECT FROM invitation AS i JOIN "user" AS me ON lower(i.email) = lower(me.email)
    WHERE me.id = $1 AND me.email_verified_at IS NOT NULL AND i.status = 'pending'
) AS is_bound
"""
_INVITED = """
SELECT n.user_id, n.relationship_id
FROM invitation AS i JOIN notification AS n ON n.relationship_id = i.relationship_id
WHERE i.inviter_id = $1 AND n.notification_type = 'invitation_received'
"""
_SHARED = "SELECT id FROM relationship WHERE user_1_id = $1 OR user_2_id = $1 ORDER BY id"
# Partners; whom one invited, by address or by what stands in their inbox; who invited one.
_OTHERS = f"""
SELECT CASE WHEN user_1_id = $1 THEN user_2_id ELSE user_1_id END AS user_id
FROM relationship WHERE (user_1_id = $1 OR user_2_id = $1) AND user_2_id IS NOT NULL
UNION
SELECT u.id FROM invitation AS i JOIN "user" AS u ON lower(u.email) = lower(i.email)
WHERE i.inviter_id = $1 AND u.id <> $1
UNION
SELECT user_id FROM ({_INVITED}) AS invited
UNION
SELECT i.inviter_id FROM invitation AS i JOIN "user" AS me ON lower(i.email) = lower(me.email)
WHERE me.id = $1
ORDER BY user_id
"""  # noqa: S608 - all of it is ours


async def part(wish: ErasureWish, run: JobRun) -> bool:
    """Have everything end that is open between somebody and others; tells whether anything is."""
    user_id = wish.user_id
    is_bound: bool = (await fetch(_IS_BOUND, user_id))[0]["is_bound"]
    if is_bound:
        run.tell(users_address(user_id), PersonLeaving())
    invited = await fetch(_INVITED, user_id)
    for row in invited:
        more = MoreToWithdraw(relationship_id=row["relationship_id"])
        run.tell(users_address(row["user_id"]), more)
    return is_bound or bool(invited)


async def circle(user_id: UUID) -> Circle:
    """Say who knows of somebody: what they shared, and with whom."""
    shared = await fetch(_SHARED, user_id)
    others = await fetch(_OTHERS, user_id)
    return Circle(
        shared=tuple(address_of("relationship", row["id"]) for row in shared),
        others=tuple(users_address(row["user_id"]) for row in others),
    )
