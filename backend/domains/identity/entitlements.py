"""Entitlements: the tier and the flags of an account, given by those who run Tandem, with a note.

Nothing that comes from outside changes them. Each change is kept with who made it and why.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.domains.identity import account_store, store
from backend.persistence.database import fetch
from backend.persistence.engine import DB
from protocol.ids import uuid7

Tier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,19}$(?!\n)")]
_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}$(?!\n)")]
_Switch = bool | int | Annotated[str, Meta(pattern=r"^[^\x00]{0,100}$(?!\n)")]
Flags = Annotated[dict[_Name, _Switch], Meta(max_length=50)]
OPERATOR_MAX = 100
NOTE_MAX = 500

_READ = 'SELECT tier, flags FROM "user" WHERE id = $1'
_WRITE = 'UPDATE "user" SET tier = $2, flags = $3::text::jsonb, updated_at = $4 WHERE id = $1'
_NOTE = """
INSERT INTO account_note (id, user_id, operator, tier, flags, note, noted_at)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7)
"""


class Entitlements(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may beyond others."""

    tier: Tier
    flags: Flags


class EntitlementChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be another, and why; what is None stays as it is."""

    tier: Tier | None = None
    flags: Flags | None = None
    note: Annotated[str, Meta(min_length=1, max_length=NOTE_MAX)]
    operator: Annotated[str, Meta(min_length=1, max_length=OPERATOR_MAX)]


async def entitlements_of(email: str) -> Entitlements | None:
    """Read what the account of an address may; None where there is no such account."""
    holder = await store.holder_of(email)
    return await _read(holder.user_id) if holder is not None else None


async def change_entitlements(
    email: str, change: EntitlementChange, now: datetime
) -> Entitlements | None:
    """Have an account be of another tier, or have other flags; None where there is no such account.

    It holds from the next request on; what was promised by a tier before, such as the limits of an
    open funding session, stays.
    """
    async with DB.transaction(allow_nested=False):
        owner = await account_store.lock_by_email(email)
        if owner is None:
            return None
        before = await _read(owner.user_id)
        after = Entitlements(
            tier=before.tier if change.tier is None else change.tier,
            flags=before.flags if change.flags is None else change.flags,
        )
        flags = msgspec.json.encode(after.flags).decode()
        await fetch(_WRITE, owner.user_id, after.tier, flags, now)
        note_id = uuid7(int(now.timestamp() * 1000))
        kept = (change.operator, after.tier, flags, change.note, now)
        await fetch(_NOTE, note_id, owner.user_id, *kept)
    return after


async def _read(user_id: UUID) -> Entitlements:
    row = (await fetch(_READ, user_id))[0]
    return Entitlements(tier=row["tier"], flags=msgspec.json.decode(row["flags"]))
