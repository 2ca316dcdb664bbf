"""What privacy does later: makes exports, removes old ones, erases who wants to be erased."""

import structlog

from backend.domains.privacy import writing
from backend.domains.privacy.erasing import erasure_store, going_on
from backend.domains.privacy.erasing.going_on import ERASE, EraseWanted
from backend.domains.privacy.exporting import export_store
from backend.domains.privacy.exporting.asking import MAKE, ExportWanted
from backend.domains.privacy.exporting.making import Exporter
from backend.domains.privacy.limits import EXPORT_MADE_WITHIN, LEFT_BEHIND
from backend.domains.privacy.messages import ExportEnded
from backend.domains.privacy.writing import SEND_LETTER, LetterWanted
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every, job
from protocol.address import users_address

log = structlog.get_logger()

MADE_WITHIN_S = 900.0
CHUNKS_AT_ONCE_MAX = 200
ROUNDS_MAX = 100
ERASURES_AT_ONCE_MAX = 100


@job(MAKE, timeout_s=MADE_WITHIN_S)
async def make_export(wanted: ExportWanted, run: JobRun) -> None:
    """Gather what is somebody's."""
    await run.use(Exporter).make(wanted, run)


@job(SEND_LETTER)
async def send_letter(wanted: LetterWanted, run: JobRun) -> None:
    """Write to somebody what became of what they asked for."""
    await writing.send_letter(wanted, run)


@job(ERASE)
async def erase(wanted: EraseWanted, run: JobRun) -> None:
    """Erase some more of somebody."""
    await going_on.go_on(wanted, run)


@every(minutes=15)
async def begin_erasures(run: JobRun) -> None:
    """Begin what is due, and go on with what was left behind."""
    due = await erasure_store.due(run.now, run.now - LEFT_BEHIND, ERASURES_AT_ONCE_MAX)
    for erasure_id, runs in due:
        run.job(ERASE, EraseWanted(erasure_id, runs))


@every(hours=1)
async def forget_exports(run: JobRun) -> None:
    """Remove archives whose time is over; give up what should have been made long ago."""
    for user_id in await export_store.give_up(run.now - EXPORT_MADE_WITHIN, run.now):
        log.warning("an export was given up", user_id=str(user_id))
        run.tell(users_address(user_id), ExportEnded(is_ready=False))
    for _ in range(ROUNDS_MAX):
        if not await export_store.drop_expired_chunks(run.now, CHUNKS_AT_ONCE_MAX):
            break
    await export_store.drop_expired(run.now)
