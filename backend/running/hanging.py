"""Hanging: a node that lives and answers nothing is killed, so that its keeper starts another.

Its door still takes connections, which a process that is only starting or ending does not: so who
refuses a connection, or has never answered one, is left alone. It is asked whether it lives, not
whether it is ready, for what it waits for is not mended by another one.
"""

import asyncio

import structlog

from backend.running.asking import first_line
from backend.running.child import Child
from backend.running.keeper import Keeper

log = structlog.get_logger()

LOOK_EVERY_S = 10.0
SILENT_TIMES_MAX = 6


async def end_what_hangs(keeper: Keeper) -> None:
    """Look now and then whether the child of a keeper still answers, until cancelled."""
    watched: Child | None = None
    has_answered, silent_times = False, 0
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        child = keeper.child
        if child is not watched:
            watched, has_answered, silent_times = child, False, 0
        if child is None or child.has_ended:
            continue
        answers = await _answers(child)
        has_answered = has_answered or answers is True
        silent_times = silent_times + 1 if has_answered and answers is False else 0
        if silent_times >= SILENT_TIMES_MAX:
            silent_times = 0
            log.error("a node answers nothing and is killed", node=child.program.name)
            child.kill()


async def _answers(child: Child) -> bool | None:
    """Tell whether it says anything; None when it does not let us in."""
    assert child.program.address is not None  # noqa: S101 - only those that answer are watched
    try:
        return bool(await first_line(*child.program.address, "/healthz")) or None
    except TimeoutError:
        return False
    except OSError:
        return None
