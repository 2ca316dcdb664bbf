"""Runs of routes: what a route sees of the world that changes rows which no actor keeps."""

from collections.abc import AsyncGenerator

from litestar.datastructures import State

from backend.persistence.job_run import JobRun


async def provide_run(state: State) -> AsyncGenerator[JobRun, None]:
    """Give a route a run like that of a job; what it planned is brought to the workers at once."""
    house = state.house
    run = JobRun(None, clock=house.clock, services=house.services)
    yield run
    if run.planned:
        house.relay_jobs(run.planned)
