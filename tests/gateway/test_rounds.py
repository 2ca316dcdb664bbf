"""What comes all at once is done a few at a time."""

import asyncio
from functools import partial
from typing import NoReturn

from backend.gateway.rounds import A_ROUND, Rounds


def _fail() -> NoReturn:
    raise ValueError("a bug")


class Ends:
    """Ends of connections that are noted in rounds, and in which round each was."""

    def __init__(self) -> None:
        self.rounds = Rounds()
        self.noted: list[int] = []

    def come(self, count: int) -> None:
        for number in range(count):
            self.rounds.add(partial(self.noted.append, number))


async def test_each_round_of_the_loop_does_a_few_in_the_order_they_came() -> None:
    ends = Ends()
    ends.come(2 * A_ROUND + 1)
    done_after_rounds = []
    while len(ends.rounds):
        await asyncio.sleep(0)
        done_after_rounds.append(len(ends.noted))
    assert done_after_rounds == [A_ROUND, 2 * A_ROUND, 2 * A_ROUND + 1]
    assert ends.noted == list(range(2 * A_ROUND + 1))


async def test_what_comes_while_others_are_done_is_done_after_them() -> None:
    ends = Ends()
    ends.rounds.add(lambda: ends.come(2))
    ends.rounds.add(partial(ends.noted.append, 7))
    await asyncio.sleep(0)
    assert ends.noted == [7]
    await asyncio.sleep(0)
    assert ends.noted == [7, 0, 1]


async def test_nothing_is_left_when_there_is_no_time() -> None:
    ends = Ends()
    ends.come(3 * A_ROUND)
    ends.rounds.hurry()
    assert len(ends.noted) == 3 * A_ROUND
    await asyncio.sleep(0)
    ends.come(1)
    await asyncio.sleep(0)
    assert len(ends.noted) == 3 * A_ROUND + 1


async def test_one_that_fails_does_not_keep_the_others() -> None:
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
    ends = Ends()
    ends.rounds.add(_fail)
    ends.come(A_ROUND)
    await asyncio.sleep(0)
    assert ends.noted == []
    await asyncio.sleep(0)
    assert ends.noted == list(range(A_ROUND))
    assert len(said) == 1
    ends.rounds.add(_fail)
    ends.come(1)
    ends.rounds.hurry()
    assert len(ends.noted) == A_ROUND + 1
    assert len(said) == 2
