"""Every query about exports and their archives."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.privacy.messages import ExportFailed
from backend.persistence.database import Record, fetch

LISTED_MAX = 50

_COLUMNS = """
id, user_id, state, requested_at, files_done, files, size_bytes, chunks, failure, link_key,
ended_at, expires_at
"""
_ADD = """
INSERT INTO data_export
       (id, user_id, state, requested_at, files_done, files, link_key, expires_at)
VALUES ($1, $2, 'waiting', $3, 0, $4, $5, $6)
ON CONFLICT (user_id) WHERE state IN ('waiting', 'making') DO NOTHING
RETURNING 1
"""
_ASKED_SINCE = """
SELECT requested_at FROM data_export WHERE user_id = $1 AND requested_at > $2
ORDER BY requested_at
"""
_LIST = f"SELECT {_COLUMNS} FROM data_export WHERE user_id = $1 ORDER BY id DESC LIMIT $2"  # noqa: S608 - the columns are ours
_READ = f"SELECT {_COLUMNS} FROM data_export WHERE id = $1"  # noqa: S608
_CHANGE_LINK_KEYS = "UPDATE data_export SET link_key = $2 WHERE user_id = $1"
_BEGIN = """
UPDATE data_export SET state = 'making', files_done = 0
WHERE id = $1 AND state IN ('waiting', 'making') RETURNING user_id
"""
_NOTE_PROGRESS = "UPDATE data_export SET files_done = $2 WHERE id = $1 AND state = 'making'"
_DROP_CHUNKS_OF = "DELETE FROM data_export_chunk WHERE export_id = $1"
_ADD_CHUNK = "INSERT INTO data_export_chunk (export_id, number, content) VALUES ($1, $2, $3)"
_READ_CHUNK = "SELECT content FROM data_export_chunk WHERE export_id = $1 AND number = $2"
_FINISH = """
UPDATE data_export
SET state = 'ready', files_done = files, size_bytes = $2, chunks = $3, ended_at = $4,
    expires_at = $5
WHERE id = $1 AND state = 'making' RETURNING user_id
"""
_FAIL = """
UPDATE data_export SET state = 'failed', failure = $2, ended_at = $3
WHERE id = $1 AND state IN ('waiting', 'making') RETURNING user_id
"""
_GIVE_UP = f"""
UPDATE data_export SET state = 'failed', failure = '{ExportFailed.code}', ended_at = $2
WHERE state IN ('waiting', 'making') AND requested_at <= $1 RETURNING user_id
"""  # noqa: S608
_DROP_EXPIRED_CHUNKS = """
DELETE FROM data_export_chunk WHERE ctid = ANY(ARRAY(
    SELECT c.ctid FROM data_export AS e JOIN data_export_chunk AS c ON c.export_id = e.id
    WHERE e.expires_at <= $1 OR e.state = 'failed' LIMIT $2
)) RETURNING 1
"""
_DROP_EXPIRED = """
DELETE FROM data_export AS e WHERE expires_at <= $1
  AND NOT EXISTS (SELECT FROM data_export_chunk AS c WHERE c.export_id = e.id)
RETURNING 1
"""


class KeptExport(msgspec.Struct, frozen=True, kw_only=True):
    """An export as it is kept."""

    id: UUID
    user_id: UUID
    state: str
    requested_at: datetime
    files_done: int
    files: int
    size_bytes: int | None
    chunks: int | None
    failure: str | None
    link_key: bytes
    ended_at: datetime | None
    expires_at: datetime

    def __repr__(self) -> str:
        """Name it without the key its links are signed with."""
        return f"<KeptExport {self.id}>"


async def add(  # noqa: PLR0913 - what is kept of it, by name
    export_id: UUID,
    user_id: UUID,
    *,
    files: int,
    link_key: bytes,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Write an export down that is to be made; False where another is under way."""
    return bool(await fetch(_ADD, export_id, user_id, now, files, link_key, expires_at))


async def asked_since(user_id: UUID, since: datetime) -> list[datetime]:
    """Read when a person asked for exports, the earliest first."""
    return [row["requested_at"] for row in await fetch(_ASKED_SINCE, user_id, since)]


async def list_of(user_id: UUID) -> Sequence[KeptExport]:
    """Read the exports of a person, the latest first."""
    return [_export(row) for row in await fetch(_LIST, user_id, LISTED_MAX)]


async def read(export_id: UUID) -> KeptExport | None:
    """Read an export."""
    rows = await fetch(_READ, export_id)
    return _export(rows[0]) if rows else None


async def change_link_keys(user_id: UUID, link_key: bytes) -> None:
    """Have no link that was given out open anything from now on."""
    await fetch(_CHANGE_LINK_KEYS, user_id, link_key)


def _export(row: Record) -> KeptExport:
    return KeptExport(**row)


async def begin(export_id: UUID) -> UUID | None:
    """Note that an export is being made; returns whose, None where there is nothing to make."""
    rows = await fetch(_BEGIN, export_id)
    return rows[0]["user_id"] if rows else None


async def note_progress(export_id: UUID, files_done: int) -> None:
    """Note how many files are written."""
    await fetch(_NOTE_PROGRESS, export_id, files_done)


async def drop_chunks(export_id: UUID) -> None:
    """Remove what an earlier try has left."""
    await fetch(_DROP_CHUNKS_OF, export_id)


async def add_chunk(export_id: UUID, number: int, content: bytes) -> None:
    """Write a piece of an archive down."""
    await fetch(_ADD_CHUNK, export_id, number, content)


async def read_chunk(export_id: UUID, number: int) -> bytes | None:
    """Read a piece of an archive; None once it is gone."""
    rows = await fetch(_READ_CHUNK, export_id, number)
    return rows[0]["content"] if rows else None


async def finish(
    export_id: UUID, *, size_bytes: int, chunks: int, now: datetime, expires_at: datetime
) -> UUID | None:
    """Note that an archive is whole; returns whose, None where it was given up meanwhile."""
    rows = await fetch(_FINISH, export_id, size_bytes, chunks, now, expires_at)
    return rows[0]["user_id"] if rows else None


async def fail(export_id: UUID, failure: str, now: datetime) -> UUID | None:
    """Note that an archive cannot be made, and why; returns whose."""
    rows = await fetch(_FAIL, export_id, failure, now)
    return rows[0]["user_id"] if rows else None


async def give_up(asked_before: datetime, now: datetime) -> list[UUID]:
    """Give up what was asked for so long ago and is not made; returns whose."""
    return [row["user_id"] for row in await fetch(_GIVE_UP, asked_before, now)]


async def drop_expired_chunks(now: datetime, count_max: int) -> int:
    """Remove some pieces of archives that nobody may fetch any more; returns how many."""
    return len(await fetch(_DROP_EXPIRED_CHUNKS, now, count_max))


async def drop_expired(now: datetime) -> int:
    """Forget exports whose time is over and whose archive is gone; returns how many."""
    return len(await fetch(_DROP_EXPIRED, now))
