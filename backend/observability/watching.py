"""Watching: a worker looks every day whether what must always hold does."""

import structlog

from backend import rooms
from backend.persistence import invariants
from backend.persistence.answering import AWAY
from backend.persistence.invariants import invariants_of
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every

log = structlog.get_logger()

WITHIN_S = 900.0


@every(hours=24, timeout_s=WITHIN_S)
async def look_at_invariants(_run: JobRun) -> None:
    """Look at every invariant, one after the other; what offends one is named in the log."""
    for invariant in invariants_of([invariants, *rooms.modules("invariants")]):
        try:
            offending = await invariant.broken()
        except AWAY as problem:
            log.warning(
                "an invariant could not be looked at",
                invariant=type(invariant).__name__,
                problem=type(problem).__name__,
            )
            continue
        if offending:
            log.error(
                "an invariant does not hold",
                invariant=type(invariant).__name__,
                sentence=invariant.sentence,
                rows=offending,
            )
