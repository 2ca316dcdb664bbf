"""What the engine itself needs done again and again."""

import structlog

from backend.persistence import housekeeping
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every

log = structlog.get_logger()


@every(hours=1)
async def look_after_partitions(run: JobRun) -> None:
    """Make the partitions of the next days, and drop those whose promise has run out."""
    made = await housekeeping.ensure_partitions(run.now)
    dropped = await housekeeping.drop_partitions(run.now)
    if made or dropped:
        log.info("partitions were looked after", made=made, dropped=dropped)


@every(hours=1)
async def forget_nodes(_run: JobRun) -> None:
    """Forget nodes that were killed and have not come back."""
    forgotten = await housekeeping.forget_nodes()
    if forgotten:
        log.info("nodes were forgotten", count=forgotten)


@every(hours=1)
async def forget_dead_letters(run: JobRun) -> None:
    """Forget dead letters nobody needs any more."""
    forgotten = await housekeeping.forget_dead_letters(run.now)
    if forgotten:
        log.info("dead letters were forgotten", count=forgotten)
