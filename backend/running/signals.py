"""Signals: what runs goes on until one of them says stop."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def until_told(
    life: Coroutine[Any, Any, T],
    numbers: Sequence[signal.Signals],
    on_told: Callable[[bool], None],
) -> T:
    """Live until a signal cancels it. A second one takes away the time to be gentle.

    `on_told` hears of each, and whether it is ending already.
    """
    loop = asyncio.get_running_loop()
    living = asyncio.create_task(life)
    is_ending = False

    def end() -> None:
        nonlocal is_ending
        was_ending, is_ending = is_ending, True
        living.cancel()
        on_told(was_ending)  # Last: nobody may be left who reads what it says.

    for number in numbers:
        loop.add_signal_handler(number, end)
    try:
        return await living
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
