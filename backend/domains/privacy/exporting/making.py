"""Making an export: every file of every room, as it was at one moment, written as it is read.

All of it is one transaction that sees one moment: the rows are read by cursors and the pieces of
the archive written in between, so hardly anything is held, and a worker that dies leaves nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.privacy.exporting import export_store
from backend.domains.privacy.exporting.archive import Archive, TooLarge
from backend.domains.privacy.exporting.asking import ExportWanted
from backend.domains.privacy.exporting.describing import Described, index_of, readme_of
from backend.domains.privacy.exporting.formats import Csv, Form, Json
from backend.domains.privacy.limits import EXPORT_KEPT
from backend.domains.privacy.messages import ExportEnded, ExportTooLarge
from backend.domains.privacy.writing import SEND_LETTER, LetterWanted, Occasion
from backend.persistence.database import aside, fetch
from backend.persistence.engine import DB
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater
from backend.persistence.personal_data import Catalogue, Export
from backend.persistence.streaming import Stream
from protocol.address import users_address
from protocol.common import Temporary

AT_ONCE_MAX = 2
"""Exports one worker makes side by side: each keeps a connection."""
BUSY_WAIT_S = 5.0

_FORMS: tuple[Callable[[], Form], ...] = (Json, Csv)
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


class Made(msgspec.Struct, frozen=True):
    """An archive that was written down."""

    size_bytes: int
    chunks: int


class Exporter:
    """Makes exports; one for the whole worker."""

    def __init__(self, bytes_max: int) -> None:
        """Let the files of an archive have so many bytes in all."""
        self.bytes_max = bytes_max
        self._under_way = 0

    async def make(self, wanted: ExportWanted, run: JobRun) -> None:
        """Make an export, and let its owner know. Raises TryLater."""
        if self._under_way >= AT_ONCE_MAX:
            raise TryLater("other exports are being made", BUSY_WAIT_S)
        self._under_way += 1
        try:
            await self._make(wanted.export_id, run)
        finally:
            self._under_way -= 1

    async def _make(self, export_id: UUID, run: JobRun) -> None:
        user_id = await export_store.begin(export_id)
        if user_id is None:
            return
        try:
            made = await _Making(export_id, user_id, run.use(Catalogue), run.now).write(
                self.bytes_max
            )
        except TooLarge:
            async with run.once():
                await export_store.fail(export_id, ExportTooLarge.code, run.now)
                run.tell(users_address(user_id), ExportEnded(is_ready=False))
            return
        async with run.once():
            owner_id = await export_store.finish(
                export_id,
                size_bytes=made.size_bytes,
                chunks=made.chunks,
                now=run.now,
                expires_at=run.now + EXPORT_KEPT,
            )
            if owner_id is not None:
                run.tell(users_address(owner_id), ExportEnded(is_ready=True))
                run.job(
                    SEND_LETTER,
                    LetterWanted(Occasion.EXPORT_READY, owner_id, run.now + EXPORT_KEPT),
                )


class _Making:
    """One archive that is being made."""

    def __init__(self, export_id: UUID, user_id: UUID, catalogue: Catalogue, now: datetime) -> None:
        self._export_id = export_id
        self._user_id = user_id
        self._catalogue = catalogue
        self._now = now
        self._bytes = 0
        self._chunks = 0
        self._tells_progress = True

    async def write(self, bytes_max: int) -> Made:
        """Write the archive down. Raises TooLarge."""
        archive = Archive(self._now, bytes_max)
        async with DB.transaction(allow_nested=False):
            await fetch(_ONE_MOMENT)
            await export_store.drop_chunks(self._export_id)
            described = []
            for number, export in enumerate(self._catalogue.exports, 1):
                described.append(await self._write_files(archive, export))
                await self._note_progress(number)
            for name, content in (
                ("index.json", index_of(described, self._catalogue.withheld, self._now)),
                ("README.txt", readme_of(described, self._catalogue.withheld, self._now)),
            ):
                with archive.file(name) as file:
                    file.write(content)
            archive.close()
            await self._keep(archive, is_last=True)
        return Made(self._bytes, self._chunks)

    async def _write_files(self, archive: Archive, export: Export) -> Described:
        """Write the rows once in each form; both see the same moment."""
        rows, columns = 0, {}
        for form in (make() for make in _FORMS):
            rows = 0
            with archive.file(f"{export.name}.{form.extension}") as file:
                stream = await Stream.open(export.query, self._user_id)
                columns = stream.columns
                file.write(form.begin(columns))
                async for page in stream.pages():
                    rows += len(page)
                    file.write(form.rows(page))
                    await self._keep(archive)
                file.write(form.end())
        return Described(name=export.name, about=export.about, rows=rows, columns=list(columns))

    async def _keep(self, archive: Archive, *, is_last: bool = False) -> None:
        """Write down what is whole of the archive."""
        for chunk in archive.take(is_last=is_last):
            await export_store.add_chunk(self._export_id, self._chunks, chunk)
            self._chunks += 1
            self._bytes += len(chunk)

    async def _note_progress(self, files_done: int) -> None:
        """Let the owner see how far it is, if a connection is free for that."""
        if self._tells_progress:
            self._tells_progress = False
            with suppress(Temporary), aside():
                await export_store.note_progress(self._export_id, files_done)
                self._tells_progress = True
