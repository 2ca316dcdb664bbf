"""The demo's clock over HTTP: read, and moved."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from actors.ports import Clock
from backend.console.clock import NONE, DemoClock
from backend.console.moving import forward
from backend.persistence.job_run import JobRun
from protocol.messages import Value

NO_STORE = CacheControlHeader(no_store=True)


class DemoTime(Value, frozen=True):
    """What time it is in the demo."""

    now: datetime
    ahead_s: int
    """How far that is ahead of the machine's clock."""


class Forward(Value, frozen=True):
    """How far the clock is to be moved."""

    forward_s: int


def time_of(clock: Clock) -> DemoTime:
    """Say what time it is."""
    ahead = clock.ahead if isinstance(clock, DemoClock) else NONE
    return DemoTime(now=clock.now(), ahead_s=int(ahead.total_seconds()))


@get("/v1/demo/clock", tags=["demo"], cache_control=NO_STORE, sync_to_thread=False)
def read_clock(request: Request[Any, Any, Any]) -> DemoTime:
    """Read the time of the demo."""
    return time_of(request.app.state.house.clock)


@post("/v1/demo/clock", tags=["demo"], status_code=HTTP_200_OK, cache_control=NO_STORE)
async def move_clock(
    request: Request[Any, Any, Any], data: JSONBody[Forward], run: NamedDependency[JobRun]
) -> DemoTime:
    """Move the time of the demo forward; what falls due is seen to within moments."""
    clock = request.app.state.house.clock
    await forward(run, clock, data.forward_s)
    return time_of(clock)


def clock_routes(clock: Clock) -> list[Any]:
    """Make the routes of a clock; only one that can be moved has that for moving it."""
    return [read_clock, move_clock] if isinstance(clock, DemoClock) else [read_clock]
