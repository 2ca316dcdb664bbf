"""Roles: given and taken by those who run Tandem; nothing that comes from outside can do either."""

from datetime import datetime

from backend.domains.identity import session_store, store
from backend.domains.identity.identity import Ending
from backend.persistence.engine import DB
from protocol.messages import Role


async def change_role(email: str, role: Role, now: datetime) -> Role | None:
    """Give an account a role; returns the one it had, None where there is no such account.

    Each request and each hello reads the role anew, so it holds from the next of these on. A socket
    keeps the one it came with: who loses a role is therefore signed out everywhere, at the same
    moment, and every node closes the sockets of sessions that have ended.
    """
    async with DB.transaction(allow_nested=False):
        account = await store.lock_role(email)
        if account is not None and account.role is not role:
            await store.write_role(account.user_id, role, now)
            if account.role is Role.ADMIN:
                reason = Ending.ROLE_TAKEN.value
                await session_store.end_all(account.user_id, None, now, reason)
    return account.role if account is not None else None
