"""Links to archives: made for the owner, and then enough by themselves, for some minutes.

A browser that loads a file sends no token of ours. So the link is signed, with a key that belongs
to this one export: it opens nothing else, and goes with it.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from backend.domains.privacy.bodies import ExportLink
from backend.domains.privacy.exporting import export_store
from backend.domains.privacy.exporting.export_store import KeptExport
from backend.domains.privacy.limits import LINK_LIFE
from backend.domains.privacy.messages import ExportLinkExpired, ExportNotReady
from protocol.common import NotFound

KEY_BYTES = 32
_NO_KEY = bytes(KEY_BYTES)


class ArchiveGone(Exception):
    """An archive was removed while it was fetched; nobody must take what came for the whole."""


def new_key() -> bytes:
    """Make a key to sign links with."""
    return secrets.token_bytes(KEY_BYTES)


def link_to(kept: KeptExport, now: datetime) -> ExportLink:
    """Make a link to an archive. Raises ExportNotReady."""
    _check_ready(kept, now)
    expires = int((now + LINK_LIFE).timestamp())
    signature = _sign(kept.link_key, kept.id, expires)
    return ExportLink(
        url=f"/v1/exports/{kept.id}?signature={signature}",
        expires_in=int(LINK_LIFE.total_seconds()),
    )


async def open_link(export_id: UUID, signature: str, now: datetime) -> KeptExport:
    """Find the archive a link leads to. Raises NotFound, ExportLinkExpired, ExportNotReady."""
    kept = await export_store.read(export_id)
    digits = signature.partition(".")[0]
    expires = int(digits) if digits.isascii() and digits.isdigit() else 0
    expected = _sign(kept.link_key if kept else _NO_KEY, export_id, expires)
    is_ours = hmac.compare_digest(expected.encode(), signature.encode())
    if kept is None or not is_ours:
        raise NotFound(what="export")
    if expires <= now.timestamp():
        raise ExportLinkExpired
    _check_ready(kept, now)
    return kept


async def content_of(kept: KeptExport) -> AsyncIterator[bytes]:
    """Read an archive, a piece at a time. Raises ArchiveGone."""
    for number in range(kept.chunks or 0):
        chunk = await export_store.read_chunk(kept.id, number)
        if chunk is None:
            raise ArchiveGone
        yield chunk


def _check_ready(kept: KeptExport, now: datetime) -> None:
    if kept.state != "ready" or kept.expires_at <= now:
        raise ExportNotReady(state="expired" if kept.state == "ready" else kept.state)


def _sign(key: bytes, export_id: UUID, expires: int) -> str:
    """Say until when a link is good, and sign it."""
    signed = hmac.digest(key, f"export/{export_id}/{expires}".encode(), hashlib.sha256)
    return f"{expires}.{signed.hex()}"
