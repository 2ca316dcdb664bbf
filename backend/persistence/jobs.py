"""Jobs as rooms declare them, in their `jobs.py`; found by their folders, so no list names them.

    @job("notifications.push")
    async def push(wanted: Push, run: JobRun) -> None: ...

    @every(hours=1)
    async def forget(run: JobRun) -> None: ...

A job runs at least once, in a worker process, some time after the turn that put it into its Work.
It must bear repeating; what has to happen exactly once stands inside `run.once()`. It never writes
what an actor keeps in memory: for that it tells the actor (`run.tell`).
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

import msgspec

from backend.persistence.backing_off import TRIES_MAX
from backend.persistence.job_run import JobRun

TIMEOUT_S = 60.0
MINUTES_AN_HOUR = 60
HOURS_A_DAY = 24

Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])

_JOB = "__tandem_job__"
_SCHEDULE = "__tandem_schedule__"


class JobWronglyDeclared(Exception):
    """A job or a schedule cannot be what its declaration says."""


class TryLater(Exception):
    """What a job needs is away for now: it is tried again after a while, as often as it may."""

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        """Say why, and how long to wait at least."""
        super().__init__(why)
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Job:
    """Something a worker does when a turn wants it."""

    name: str
    function: Callable[[Any, JobRun], Awaitable[None]]
    decode: Callable[[str], msgspec.Struct]
    timeout_s: float
    tries_max: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something a worker does again and again; when a time is missed, the next one catches up."""

    name: str
    function: Callable[[JobRun], Awaitable[None]]
    minutes: int
    """The minutes between two runs; they divide the hour or are whole hours that divide the day."""
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Declared:
    """All jobs and schedules, by name."""

    jobs: dict[str, Job]
    schedules: dict[str, Schedule]

    @classmethod
    def of(cls, modules: Iterable[ModuleType]) -> "Declared":
        """Gather what these modules declare. Raises JobWronglyDeclared."""
        jobs: dict[str, Job] = {}
        schedules: dict[str, Schedule] = {}
        for module in modules:
            for thing in vars(module).values():
                found = getattr(thing, _JOB, None) or getattr(thing, _SCHEDULE, None)
                if found is None or thing.__module__ != module.__name__:
                    continue
                declared: Job | Schedule = found()
                known: dict[str, Any] = jobs if isinstance(declared, Job) else schedules
                if declared.name in known:
                    raise JobWronglyDeclared(f"there are two jobs of the name {declared.name}")
                known[declared.name] = declared
        return cls(jobs, schedules)


def job(
    name: str, *, timeout_s: float = TIMEOUT_S, tries_max: int = TRIES_MAX
) -> Callable[[Function], Function]:
    """Make an async function of (arguments, JobRun) a job; turns ask for it by this name."""

    def register(function: Function) -> Function:
        setattr(function, _JOB, partial(_job, name, function, timeout_s, tries_max))
        return function

    return register


def every(
    *, minutes: int = 0, hours: int = 0, timeout_s: float = TIMEOUT_S
) -> Callable[[Function], Function]:
    """Make an async function of (JobRun) run again and again."""
    between = minutes + hours * MINUTES_AN_HOUR

    def register(function: Function) -> Function:
        setattr(function, _SCHEDULE, partial(_schedule, function, between, timeout_s))
        return function

    return register


def _job(name: str, function: Function, timeout_s: float, tries_max: int) -> Job:
    """Read the type of a job's arguments from its signature; only now, when all is imported."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    kinds = list(hints.values())
    if len(kinds) != 2 or kinds[1] is not JobRun:  # noqa: PLR2004 - the arguments and the run
        raise JobWronglyDeclared(f"{name}: a job takes its arguments and a JobRun, annotated")
    return Job(name, function, msgspec.json.Decoder(kinds[0]).decode, timeout_s, tries_max)


def _schedule(function: Function, minutes: int, timeout_s: float) -> Schedule:
    name = f"{function.__module__.removeprefix('backend.')}.{function.__qualname__}"
    if minutes <= 0 or not _fits(minutes):
        raise JobWronglyDeclared(f"{name}: {minutes} minutes divide neither the hour nor the day")
    return Schedule(name, function, minutes, timeout_s)


def _fits(minutes: int) -> bool:
    if minutes < MINUTES_AN_HOUR:
        return MINUTES_AN_HOUR % minutes == 0
    return minutes % MINUTES_AN_HOUR == 0 and HOURS_A_DAY % (minutes // MINUTES_AN_HOUR) == 0
