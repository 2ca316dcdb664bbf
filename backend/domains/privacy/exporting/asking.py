"""Asking for an export: by the owner, one at a time, so many a day."""

from datetime import datetime
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains import identity
from backend.domains.identity import Identity
from backend.domains.privacy import bodies
from backend.domains.privacy.bodies import ExportLink
from backend.domains.privacy.exporting import export_store, linking
from backend.domains.privacy.exporting.export_store import KeptExport
from backend.domains.privacy.limits import A_DAY, EXPORT_KEPT, EXPORTS_PER_DAY_MAX
from backend.domains.privacy.messages import ExportsTooMany, ExportUnderWay
from backend.persistence.personal_data import Catalogue
from protocol.common import NotFound

MAKE = "privacy.make_export"
"""The job that makes one."""


class ExportWanted(msgspec.Struct, frozen=True):
    """Which export is to be made."""

    export_id: UUID


async def ask(
    room: Identity, catalogue: Catalogue, principal: Principal, wish: bodies.Proof
) -> KeptExport:
    """Have an export made.

    Raises ConfirmationNeeded, WrongCredentials, RateLimited, ExportUnderWay, ExportsTooMany.
    """
    await identity.confirm(room, principal, wish.current_password)
    now = room.clock.now()
    export_id = room.new_id(now)
    async with room.transaction() as later:
        await _check_day(principal.user_id, now)
        is_added = await export_store.add(
            export_id,
            principal.user_id,
            files=len(catalogue.exports),
            link_key=linking.new_key(),
            now=now,
            expires_at=now + EXPORT_KEPT,
        )
        if not is_added:
            raise ExportUnderWay
        later(MAKE, ExportWanted(export_id))
    return await find(export_id, principal.user_id)


async def make_link(
    room: Identity, principal: Principal, export_id: UUID, wish: bodies.Proof
) -> ExportLink:
    """Make a link to an archive, for its owner.

    Raises NotFound, ExportNotReady, ConfirmationNeeded, WrongCredentials, RateLimited.
    """
    kept = await find(export_id, principal.user_id)
    await identity.confirm(room, principal, wish.current_password)
    return linking.link_to(kept, room.clock.now())


async def find(export_id: UUID, user_id: UUID) -> KeptExport:
    """Read an export of a person. Raises NotFound for that of anybody else."""
    kept = await export_store.read(export_id)
    if kept is None or kept.user_id != user_id:
        raise NotFound(what="export")
    return kept


async def _check_day(user_id: UUID, now: datetime) -> None:
    asked = await export_store.asked_since(user_id, now - A_DAY)
    if len(asked) >= EXPORTS_PER_DAY_MAX:
        raise ExportsTooMany(
            count_max=EXPORTS_PER_DAY_MAX, next_at=asked[-EXPORTS_PER_DAY_MAX] + A_DAY
        )
