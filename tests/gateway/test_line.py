"""So many have their turn at once, the others wait for theirs."""

from functools import partial
from random import Random
from typing import NoReturn

import pytest

from backend import collecting
from backend.gateway.line import ENTERED_BETWEEN_SEARCHES, LONG_S, TOGETHER_EVERY_S, Line
from tests.simulation.scheduling import NodeLoop, Schedule


class Queue:
    """A line in virtual time, and who has had their turn when."""

    def __init__(
        self,
        *,
        per_s: float,
        burst: float,
        waiting_max: int = 100,
        per_s_max: float | None = None,
        of: "Queue | None" = None,
    ) -> None:
        """Begin; one `of` another is in the same process and gives way to it."""
        if of is None:
            self.schedule = Schedule(Random(1))  # noqa: S311 - always the same
            self.loop = NodeLoop(self.schedule, "node", pytest.fail)  # type: ignore[abstract]
            self.schedule.loops.append(self.loop)
        else:
            self.schedule, self.loop = of.schedule, of.loop
        first = () if of is None else (of.line,)
        self.line: Line = Line(
            per_s, burst, waiting_max=waiting_max, per_s_max=per_s_max, gives_way_to=first
        )
        self.turns: list[tuple[str, float]] = []
        self.refused: list[str] = []
        self.gone: set[str] = set()

    def enter(self, *names: str) -> None:
        def enter() -> None:
            for name in names:
                self.line.enter(
                    partial(self._turn, name),
                    partial(self.refused.append, name),
                    partial(self._is_gone, name),
                )

        self.loop.call_soon(enter)

    def _turn(self, name: str) -> None:
        self.turns.append((name, self.schedule.now))

    def _is_gone(self, name: str) -> bool:
        return name in self.gone

    def pass_by(self, seconds: float) -> None:
        self.schedule.run(self.schedule.now + seconds, lambda: False)


def names(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_a_few_need_not_wait() -> None:
    queue = Queue(per_s=10, burst=3)
    queue.enter(*names(3))
    queue.pass_by(TOGETHER_EVERY_S / 2)
    assert [name for name, _ in queue.turns] == names(3)


def test_of_thousands_who_wait_python_searches_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched_at: list[int] = []
    queue = Queue(per_s=1, burst=1, waiting_max=1_000)
    monkeypatch.setattr(collecting, "grown", lambda: searched_at.append(len(queue.line)))
    queue.enter(*names(1_000))
    queue.pass_by(0)
    assert searched_at[0] == ENTERED_BETWEEN_SEARCHES
    assert len(searched_at) == 999 // ENTERED_BETWEEN_SEARCHES


def test_of_many_so_many_a_second_have_their_turn_in_order() -> None:
    queue = Queue(per_s=100, burst=5)
    queue.enter(*names(55))
    queue.pass_by(0.25)
    assert 25 <= len(queue.turns) <= 31
    queue.pass_by(0.35)
    assert [name for name, _ in queue.turns] == names(55)


def test_who_comes_while_others_wait_waits_behind_them() -> None:
    queue = Queue(per_s=100, burst=1)
    queue.enter(*names(3))
    queue.pass_by(0.01)
    queue.enter("late")
    queue.pass_by(1)
    assert [name for name, _ in queue.turns] == [*names(3), "late"]


def test_who_has_gone_takes_nobodys_turn() -> None:
    queue = Queue(per_s=10, burst=1)
    queue.enter(*names(50), "last")
    queue.gone = set(names(50)[1:])
    queue.pass_by(0.2)
    assert [name for name, _ in queue.turns] == ["0", "last"]
    assert queue.refused == names(50)[1:]


def test_whatever_is_wrong_with_one_the_others_move_on() -> None:
    queue = Queue(per_s=10, burst=1)

    def fail() -> NoReturn:
        raise OSError

    queue.enter(*names(2))
    wrong: list[str] = []
    queue.loop.call_soon(partial(queue.line.enter, partial(wrong.append, "wrong"), fail, fail))
    queue.enter("last")
    with pytest.raises(pytest.fail.Exception, match="OSError"):
        queue.pass_by(1)
    queue.pass_by(1)
    assert [name for name, _ in queue.turns] == [*names(2), "last"]
    assert wrong == []


def test_who_would_wait_too_long_is_told_so() -> None:
    queue = Queue(per_s=10, burst=1, waiting_max=2)
    queue.enter(*names(5))
    queue.pass_by(1)
    assert [name for name, _ in queue.turns] == names(3)
    assert queue.refused == ["3", "4"]


@pytest.mark.parametrize(("per_s", "burst"), [(270, 1), (270, 30), (2_000, 30)])
def test_a_line_moves_as_fast_as_it_is_said_to(per_s: float, burst: float) -> None:
    queue = Queue(per_s=per_s, burst=burst, waiting_max=10_000)
    queue.enter(*names(10_000))
    queue.pass_by(2)
    assert len(queue.turns) == pytest.approx(2 * per_s, rel=0.08)


def test_a_long_line_moves_faster_until_it_is_empty() -> None:
    queue = Queue(per_s=10, burst=1, waiting_max=1_000, per_s_max=80)
    queue.enter(*names(700))
    queue.pass_by(LONG_S + 1)
    assert len(queue.turns) == 700
    assert queue.turns[-1][1] > LONG_S - 2
    queue.enter(*names(50))
    queue.pass_by(2)
    assert len(queue.turns) < 700 + 40


def test_no_line_moves_faster_than_it_may() -> None:
    queue = Queue(per_s=10, burst=1, waiting_max=1_000, per_s_max=50)
    queue.enter(*names(1_000))
    queue.pass_by(10)
    assert len(queue.turns) == pytest.approx(500, rel=0.08)


def test_those_who_wait_can_all_be_hurried_or_sent_away() -> None:
    queue = Queue(per_s=0.001, burst=1)
    queue.enter(*names(3))
    queue.pass_by(0.1)
    queue.loop.call_soon(queue.line.hurry)
    queue.pass_by(0.1)
    assert [name for name, _ in queue.turns] == names(3)
    queue.enter("late", "later")
    queue.pass_by(0.1)
    queue.loop.call_soon(queue.line.send_all_away)
    queue.pass_by(1_000)
    assert queue.refused == ["late", "later"]
    assert len(queue.turns) == 3


def test_a_line_that_gives_way_stands_still_while_others_wait_and_not_for_ever() -> None:
    first = Queue(per_s=10, burst=5, waiting_max=1_000)
    second = Queue(per_s=100, burst=5, of=first)
    first.enter(*names(51))
    second.enter(*names(20))
    first.pass_by(4)
    assert len(first.line) > 0
    assert second.turns == []
    first.pass_by(1.5)
    assert len(first.line) == 0
    assert [name for name, _ in second.turns] == names(20)
    first.enter(*names(1_000))
    second.enter(*names(20))
    begun = first.schedule.now
    first.pass_by(LONG_S + 1)
    assert len(first.line) > 0
    assert len(second.turns) == 40
    assert min(at for _, at in second.turns[20:]) >= begun + LONG_S
