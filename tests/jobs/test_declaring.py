"""Declaring jobs and schedules: what cannot work is refused before anything runs."""

from types import ModuleType

import msgspec
import pytest

from backend.jobs import housekeeping
from backend.jobs.worker import scheduled
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared, JobWronglyDeclared, Schedule, every, job
from backend.settings import Settings
from backend.working import create_worker


class Wanted(msgspec.Struct):
    """Arguments."""


def module_with(*functions: object) -> ModuleType:
    module = ModuleType(__name__)
    for place, function in enumerate(functions):
        setattr(module, f"function_{place}", function)
    return module


def test_two_jobs_of_one_name_are_refused() -> None:
    @job("test.same")
    async def one(wanted: Wanted, run: JobRun) -> None: ...

    @job("test.same")
    async def other(wanted: Wanted, run: JobRun) -> None: ...

    with pytest.raises(JobWronglyDeclared, match=r"two jobs of the name test\.same"):
        Declared.of([module_with(one, other)])


def test_a_job_that_does_not_take_its_run_is_refused() -> None:
    @job("test.bare")
    async def bare(wanted: Wanted) -> None: ...

    with pytest.raises(JobWronglyDeclared, match="annotated"):
        Declared.of([module_with(bare)])


@pytest.mark.parametrize("minutes", [0, 7, 59, 61, 90, 25 * 60])
def test_a_schedule_that_does_not_fit_the_clock_is_refused(minutes: int) -> None:
    @every(minutes=minutes)
    async def odd(run: JobRun) -> None: ...

    with pytest.raises(JobWronglyDeclared, match="divide"):
        Declared.of([module_with(odd)])


@pytest.mark.parametrize(
    ("minutes", "hour", "minute"),
    [
        (1, None, set(range(60))),
        (15, None, {0, 15, 30, 45}),
        (60, set(range(24)), 0),
        (360, {0, 6, 12, 18}, 0),
        (1_440, {0}, 0),
    ],
)
def test_a_schedule_is_due_at_even_times(
    minutes: int, hour: set[int] | None, minute: set[int] | int
) -> None:
    async def run(_ctx: object) -> None: ...

    async def nothing(run: JobRun) -> None: ...

    due = scheduled(Schedule("test.even", nothing, minutes, 1.0), run)
    assert (due.hour, due.minute) == (hour, minute)
    assert due.unique


def test_the_jobs_of_all_rooms_are_found_by_their_folders() -> None:
    declared = Declared.of([housekeeping])
    assert "jobs.housekeeping.look_after_partitions" in declared.schedules
    worker = create_worker(Settings(database_url="postgresql://x/y", redis_url="redis://x"))
    assert "notifications.push" in worker._declared.jobs  # noqa: SLF001
