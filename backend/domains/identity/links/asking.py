"""Asking for a link: counted, noted down, and answered the same whoever exists."""

from uuid import UUID

from backend.domains.identity.identity import Identity
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.wanted import SEND_LINK, LinkWanted
from backend.domains.identity.throttle import network_of
from backend.domains.identity.visitor import Visitor


async def ask_for_link(  # noqa: PLR0913 - what is asked for, by name
    identity: Identity,
    visitor: Visitor,
    *,
    purpose: Purpose,
    email: str,
    return_to: str | None,
    challenge: bytes | None = None,
    user_id: UUID | None = None,
) -> None:
    """Have a link sent. Raises ReturnToNotAllowed, RateLimited.

    Nothing here looks whether there is an account, so nothing can be learned from the answer or
    from how long it takes.
    """
    leads_to = identity.leads_to(return_to)
    email = email.strip()
    await identity.count(link_email=email.lower(), link_address=network_of(visitor.address))
    wanted = LinkWanted(
        purpose=purpose,
        email=email,
        return_to=leads_to,
        challenge=challenge,
        user_id=user_id,
    )
    async with identity.transaction() as later:
        later(SEND_LINK, wanted)
