"""What a demo's workers do at once when its clock was moved: what else they do every minute."""

import msgspec

from backend.console.clock import DemoClock
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared, job

LOOK, DO = "demo.look", "demo.do"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Time has passed."""


class Do(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is done every minute is to be done now."""

    schedule: str


@job(LOOK)
async def look(wanted: Look, run: JobRun) -> None:
    """Have everything be done that is done every minute, by the time it is now."""
    del wanted
    # The word that it was moved may be on its way still.
    await run.use(DemoClock).read()
    for schedule in run.use(Declared).schedules.values():
        if schedule.minutes == 1:
            run.job(DO, Do(schedule=schedule.name))


@job(DO)
async def do(wanted: Do, run: JobRun) -> None:
    """Do what is done every minute."""
    await run.use(Declared).schedules[wanted.schedule].function(run)
