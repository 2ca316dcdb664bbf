"""Asking to be erased: the account rests at once, and for a while its owner may come back."""

from datetime import datetime
from uuid import UUID

from actors.principal import Principal
from backend.domains import identity
from backend.domains.identity import Identity
from backend.domains.privacy import bodies
from backend.domains.privacy.erasing import erasure_store
from backend.domains.privacy.exporting import export_store, linking
from backend.domains.privacy.limits import GRACE
from backend.domains.privacy.messages import BeingErased
from backend.domains.privacy.writing import SEND_LETTER, LetterWanted, Occasion
from backend.persistence.personal_data import Catalogue, ErasureWish


async def ask(
    room: Identity, catalogue: Catalogue, principal: Principal, wish: bodies.Erase
) -> datetime:
    """Plan an erasure; returns when it is due.

    Raises ConfirmationNeeded, WrongCredentials, RateLimited, and whatever a room refuses it with.
    """
    await identity.confirm(room, principal, wish.current_password)
    user_id, now = principal.user_id, room.clock.now()
    due_at = now + GRACE
    async with room.transaction() as later:
        resting = await identity.rest(room, principal)
        await check(catalogue, ErasureWish(user_id=user_id, give_up_balances=wish.give_up_balances))
        await erasure_store.add(
            room.new_id(now),
            user_id,
            give_up_balances=wish.give_up_balances,
            now=now,
            due_at=due_at,
        )
        await export_store.change_link_keys(user_id, linking.new_key())
        later(SEND_LETTER, LetterWanted(Occasion.ERASURE_PLANNED, user_id, due_at))
    room.closed(resting.ended, resting.reason)
    return due_at


async def check(catalogue: Catalogue, wish: ErasureWish) -> None:
    """Let every room say whether something speaks against an erasure. Raises what they refuse."""
    for answer in catalogue.answers:
        if answer.why_not_erase is not None:
            await answer.why_not_erase(wish)


async def on_wake(user_id: UUID, now: datetime) -> None:
    """Call an erasure off, because its owner is back in time. Raises BeingErased."""
    await erasure_store.call_off(user_id, now)
    if await erasure_store.is_going_on(user_id):
        raise BeingErased
