"""The queue that lanes share: who takes what waits, and when. The clock stands still."""

from datetime import UTC, datetime
from typing import cast

import pytest

from actors.ports import Fanout, Head, Work
from actors.turn import Step, Turn
from backend.persistence.commit_queue import (
    BATCH_STEPS_MAX,
    PATIENCE_S,
    WORTHWHILE_STEPS,
    CommitQueue,
)
from protocol.address import Address
from tests.support.clock import FakeClock


class Lane:
    """A lane that commits for as long as the test likes."""

    def __init__(self, queue: CommitQueue) -> None:
        self.queue = queue
        self.is_busy = False
        self._is_woken = False
        queue.shared_by(self)

    def wake(self) -> None:
        self._is_woken = True

    def is_woken(self) -> bool:
        return self._is_woken

    def look(self) -> list[Turn]:
        """Do what a lane does that was woken."""
        self._is_woken = False
        if not self.queue.is_for(self):
            return []
        self.is_busy = True
        return self.queue.take()


def turn_of(steps: int) -> Turn:
    turn = Turn(
        Address("counter/1"),
        Head(0, 0, 1),
        datetime(2026, 3, 2, tzinfo=UTC),
        fanout=cast("Fanout", None),
        new_work=lambda: cast("Work", None),
    )
    turn.steps = [cast("Step", None)] * steps
    return turn


@pytest.fixture
def queue(clock: FakeClock) -> CommitQueue:
    return CommitQueue(clock)


@pytest.fixture
def lanes(queue: CommitQueue) -> tuple[Lane, Lane]:
    return Lane(queue), Lane(queue)


def test_a_single_command_is_taken_at_once(queue: CommitQueue, lanes: tuple[Lane, Lane]) -> None:
    first, second = lanes
    queue.put(turn := turn_of(1))
    assert (first.is_woken(), second.is_woken()) == (True, False)
    assert first.look() == [turn]
    assert len(queue) == 0


async def test_beside_a_lane_under_way_another_begins_when_enough_waits(
    queue: CommitQueue, lanes: tuple[Lane, Lane]
) -> None:
    first, second = lanes
    queue.put(turn_of(1))
    first.look()
    few = [turn_of(1) for _ in range(WORTHWHILE_STEPS - 1)]
    for turn in few:
        queue.put(turn)
    assert not second.is_woken()
    assert second.look() == []

    queue.put(last := turn_of(1))
    assert second.is_woken()
    assert second.look() == [*few, last]


def test_whoever_ends_takes_what_came_meanwhile(
    queue: CommitQueue, lanes: tuple[Lane, Lane]
) -> None:
    first, _ = lanes
    queue.put(turn_of(1))
    first.look()
    queue.put(turn := turn_of(1))
    first.is_busy = False
    assert first.look() == [turn]


async def test_what_waits_behind_a_lane_that_is_held_up_is_taken_by_another(
    queue: CommitQueue, lanes: tuple[Lane, Lane], clock: FakeClock
) -> None:
    first, second = lanes
    queue.put(turn_of(1))
    first.look()
    queue.put(turn := turn_of(1))
    await clock.advance(seconds=PATIENCE_S * 0.9)
    assert not second.is_woken()
    await clock.advance(seconds=PATIENCE_S * 0.2)
    assert second.is_woken()
    assert second.look() == [turn]

    # Nobody is impatient any more.
    second.is_busy = False
    queue.put(turn_of(1))
    assert second.look() == []


async def test_who_ends_beside_a_lane_that_is_held_up_takes_what_waits_after_a_while(
    queue: CommitQueue, lanes: tuple[Lane, Lane], clock: FakeClock
) -> None:
    first, second = lanes
    queue.put(turn_of(1))
    first.look()
    queue.put(turn_of(WORTHWHILE_STEPS))
    second.look()
    queue.put(turn := turn_of(1))

    second.is_busy = False
    queue.freed()
    assert second.look() == []
    await clock.advance(seconds=PATIENCE_S * 1.1)
    assert second.is_woken()
    assert second.look() == [turn]


def test_a_batch_has_a_limit_and_the_rest_is_for_the_next(
    queue: CommitQueue, lanes: tuple[Lane, Lane]
) -> None:
    first, second = lanes
    turns = [turn_of(64) for _ in range(BATCH_STEPS_MAX // 64 + 2)]
    for turn in turns:
        queue.put(turn)
    assert first.look() == turns[:-2]
    assert second.is_woken()
    assert second.look() == turns[-2:]


def test_a_turn_larger_than_a_batch_goes_alone(
    queue: CommitQueue, lanes: tuple[Lane, Lane]
) -> None:
    first, _ = lanes
    queue.put(large := turn_of(BATCH_STEPS_MAX + 1))
    queue.put(turn_of(1))
    assert first.look() == [large]
    assert len(queue) == 1
