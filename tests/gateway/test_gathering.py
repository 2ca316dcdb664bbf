"""Many who ask are answered by one question; who asks what cannot be answered asks alone."""

import asyncio
from collections.abc import Sequence

import pytest

from backend.gathering import FAILURES_MAX, Gathering
from protocol.common import Temporary
from tests.support.until import until

asked: list[list[int]] = []


async def double(numbers: Sequence[int]) -> list[int]:
    asked.append(list(numbers))
    await asyncio.sleep(0.02)
    if -1 in numbers:
        raise ValueError("nobody can say")
    if -2 in numbers:
        raise Temporary(why="not now")
    return [2 * number for number in numbers]


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    asked.clear()


async def answers(*numbers: int) -> list[int | BaseException]:
    gathering = Gathering[int, int]("numbers", double)
    return await asyncio.gather(
        *[gathering.find(number) for number in numbers], return_exceptions=True
    )


async def test_those_who_come_meanwhile_are_answered_together() -> None:
    assert await answers(1, 2, 3, 4) == [2, 4, 6, 8]
    assert len(asked) <= 2


async def test_of_many_only_who_asks_what_cannot_be_answered_is_told_so() -> None:
    found = await answers(*range(1, 9), -1, *range(9, 16))
    assert [one for one in found if not isinstance(one, ValueError)] == [
        2 * number for number in range(1, 16)
    ]
    assert isinstance(found[8], ValueError)
    assert len(asked) <= 2 + 2 * 4


async def test_what_nobody_can_be_told_is_not_asked_for_ever() -> None:
    found = await answers(*[-1] * 400)
    assert all(isinstance(one, ValueError) for one in found)
    assert len(asked) <= 2 * FAILURES_MAX + 3


async def test_what_is_away_is_away_for_all_who_wait() -> None:
    found = await answers(1, -2, 3)
    assert all(isinstance(one, Temporary) for one in found[1:])
    assert len(asked) <= 2


@pytest.mark.parametrize("questions", [1, 3])
async def test_who_asks_is_answered_when_the_asking_is_given_up(questions: int) -> None:
    gathering = Gathering[int, int]("numbers", double)
    await gathering.find(1)
    waiting = [asyncio.create_task(gathering.find(-1)) for _ in range(3)]
    await until(lambda: len(asked) == 1 + questions)
    late = asyncio.create_task(gathering.find(2))
    await asyncio.sleep(0)
    (asking,) = [task for task in asyncio.all_tasks() if task.get_name() == "gathering"]
    asking.cancel()
    found = await asyncio.gather(*waiting, late, return_exceptions=True)
    assert all(isinstance(one, Temporary | ValueError) for one in found)
    assert isinstance(found[-1], Temporary)
