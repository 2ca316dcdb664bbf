"""Several nodes on one machine behind one port: started, kept, replaced and ended together.

uvicorn has a supervisor, too; it starts its own server only, which says no goodbye, starts what
dies at once without a pause, waits for ever for what hangs, and its children outlive it.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from backend.ending import node_ends_within_s
from backend.listening import listen
from backend.running.child import Child, Program
from backend.running.doors import Doors
from backend.running.errors import RunRefused
from backend.running.hanging import end_what_hangs
from backend.running.keeper import Keeper, stop_all
from backend.running.signals import until_told

log = structlog.get_logger()

LOOPBACK = "127.0.0.1"
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Start = Callable[[], Awaitable[Child]]


async def serve_nodes(doors: Doors, count: int, drain_s: float) -> bool:
    """Have so many nodes until a signal says stop; SIGHUP replaces one after the other.

    Each says goodbye over `drain_s`, and is killed where its end takes far longer than that.
    Returns whether they ended in order. Raises RunRefused when one of them cannot start.
    """
    is_wanted_anew = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, is_wanted_anew.set)
    starts = [partial(_start, doors, place, drain_s) for place in range(count)]
    try:
        return await until_told(_live(doors, starts, is_wanted_anew), ENDING_SIGNALS, _log_ending)
    except asyncio.CancelledError:  # Told twice: they were killed.
        return False


async def _live(doors: Doors, starts: Sequence[Start], is_wanted_anew: asyncio.Event) -> bool:
    keepers = [Keeper(start, on_end=_log_end) for start in starts]
    try:
        await _start_all(keepers)
        log.info("all nodes serve", nodes=len(keepers))
        async with asyncio.TaskGroup() as group:
            group.create_task(_replace_each(keepers, is_wanted_anew))
            for keeper in keepers:
                group.create_task(keeper.keep())
                group.create_task(end_what_hangs(keeper))
    except asyncio.CancelledError:
        pass
    finally:
        doors.close()  # Or whoever comes now would wait for nobody.
        is_in_order = await stop_all(keepers)
    return is_in_order


async def _start(doors: Doors, place: int, drain_s: float) -> Child:
    """Start a node, with a door at which only this one process answers whether it is ready."""
    with listen(LOOPBACK, 0) as own:
        sockets = [*doors.of(place), own]
        program = Program(
            name=f"Node {place + 1}",
            command=["serve", "--sockets", ",".join(str(one.fileno()) for one in sockets)],
            environ=os.environ,
            address=own.getsockname(),
            sockets=sockets,
            ends_within_s=node_ends_within_s(drain_s),
        )
        return await Child.start(program)


async def _start_all(keepers: Sequence[Keeper]) -> None:
    """Fill every place. Raises RunRefused when the first of them does not become ready."""
    try:
        async with asyncio.TaskGroup() as group:
            for keeper in keepers:
                group.create_task(keeper.replace())
    except* RunRefused as problems:
        raise problems.exceptions[0] from None


async def _replace_each(keepers: Sequence[Keeper], is_wanted: asyncio.Event) -> None:
    """Replace one after the other, as often as that is wanted."""
    while True:
        await is_wanted.wait()
        is_wanted.clear()
        try:
            for keeper in keepers:
                await keeper.replace()
        except (RunRefused, OSError) as problem:
            log.error("a node could not be replaced", problem=str(problem))  # noqa: TRY400 - a sentence
        else:
            log.info("all nodes were replaced", nodes=len(keepers))


def _log_end(program: Program, manner: str) -> None:
    log.warning("a node has ended and is started again", node=program.name, manner=manner)


def _log_ending(is_ending: bool) -> None:  # noqa: FBT001 - its only word
    log.info("all nodes are told to end", at_once=is_ending)
