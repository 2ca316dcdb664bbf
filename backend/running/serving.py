"""Waiting for the server: it serves when it says so itself."""

import asyncio
from http import HTTPStatus

from backend.running.asking import first_line
from backend.running.child import Child
from backend.running.errors import PartEnded, ServerLate

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05


async def until_ready(server: Child) -> None:
    """Return when the server answers that it is ready. Raises PartEnded, ServerLate."""
    program = server.program
    assert program.address is not None  # noqa: S101 - only those that answer are waited for
    ended = asyncio.create_task(server.ended())
    ready = asyncio.create_task(_answers(*program.address))
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        raise ServerLate(program.name, READY_WITHIN_S, program.log) from None
    finally:
        ended.cancel()
        ready.cancel()
    if not ready.done() or ready.cancelled():
        raise PartEnded(program.name, program.log)


async def _answers(host: str, port: int) -> None:
    while not await _is_ready(host, port):  # noqa: ASYNC110 - another process cannot be awaited
        await asyncio.sleep(LOOK_EVERY_S)


async def _is_ready(host: str, port: int) -> bool:
    try:
        status = (await first_line(host, port, "/readyz")).split()
    except OSError:  # Nobody listens yet; TimeoutError is one of these too.
        return False
    return status[1:2] == [str(HTTPStatus.OK.value).encode()]
