"""Workers that are killed at every statement of a job, before and after it."""

import itertools
from contextvars import ContextVar
from typing import Any

import pytest

from backend.persistence.pooled import PooledConnection
from tests.support.desk import Desk
from tests.support.verify import until_quiet


class Killed(BaseException):
    """Nothing of a process is left to clean up behind itself."""


_dies: ContextVar["Death | None"] = ContextVar("dies", default=None)


class Death:
    """When a worker dies: at its so manieth statement, before or after that is done."""

    def __init__(self, nth: int, *, is_done: bool) -> None:
        self.left = nth
        self.is_done = is_done


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections of whoever is to die break as those of a killed process do."""
    for name in ("fetch", "execute"):
        do = getattr(PooledConnection, name)

        async def maybe(self: Any, *said: Any, do: Any = do, **more: Any) -> Any:
            death = _dies.get()
            if death is not None:
                death.left -= 1
            if death is None or death.left:
                return await do(self, *said, **more)
            _dies.set(None)
            if death.is_done:
                await do(self, *said, **more)
            self.terminate()
            raise Killed

        monkeypatch.setattr(PooledConnection, name, maybe)


async def die_again_and_again(desk: Desk, job_id: Any, *, is_done: bool) -> int:
    """Run a job until it is done, killed at one statement further on each time."""
    for nth in itertools.count(1):
        _dies.set(Death(nth, is_done=is_done))
        try:
            await desk.runner.run(job_id)
        except Killed:
            await until_quiet(desk.node)
        else:
            return nth
        finally:
            _dies.set(None)
    raise AssertionError
