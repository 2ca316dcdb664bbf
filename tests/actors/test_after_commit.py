"""What goes wrong after a commit, or before anything runs, stops nobody else."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
import pytest

from actors.part import Part, TwoForOne
from actors.repertoire import BadHandler, Repertoire
from actors.turn import Turn
from protocol.messages import Answer, Command
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, COUNTER, Add, Total, value_of
from tests.support.memory import memory_life


class Doors(msgspec.Struct, frozen=True):
    """Nothing to remember."""


class Gone(Answer, frozen=True, tag="test.gone"):
    """They are off the topic."""


class ShowOut(Command, frozen=True, tag="test.show_out"):
    """Take yourself off the topic."""

    actor: ClassVar = "counter"
    reply: ClassVar = Gone


async def load_nothing(keys: Sequence[UUID]) -> Mapping[UUID, Doors]:
    """Read nothing."""
    del keys
    return {}


def doors() -> Part[Doors]:
    """Make a Part whose turns have something to do afterwards."""
    part = Part("doors", of=COUNTER, empty=Doors(), load=load_nothing)

    @part.handles(ShowOut)
    def show_out(_command: ShowOut, turn: Turn) -> Gone:
        turn.expel(turn.principal.user_id)
        return Gone()

    return part


async def test_what_fails_after_the_commit_is_logged_and_the_actor_goes_on(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    life = memory_life(clock, doors())
    key = uuid4()

    def fail(*_arguments: object) -> None:
        raise OSError("no such socket")

    monkeypatch.setattr(life.published, "expel", fail)
    assert (await life.ref(key).ask(ShowOut(), ANNA)).granted
    assert "what follows a commit failed" in capsys.readouterr().out
    assert value_of(await life.ref(key).ask(Add(by=2), ANNA)) == 2
    assert life.remembered(key) == life.tables.total(key) == Total(2, 0)


async def test_where_what_happened_could_not_be_handed_on_its_topic_is_looked_at(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = memory_life(clock)
    key = uuid4()

    def fail(*_arguments: object) -> None:
        raise OSError("no such socket")

    with monkeypatch.context() as broken:
        broken.setattr(life.published, "publish", fail)
        assert value_of(await life.ref(key).ask(Add(by=2), ANNA)) == 2
    assert life.published.doubted == [life.ref(key).address]
    assert value_of(await life.ref(key).ask(Add(by=2), ANNA)) == 4
    assert life.published.doubted == [life.ref(key).address]


async def test_where_a_turn_was_lost_or_had_been_done_before_its_topic_is_looked_at(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = memory_life(clock)
    key, command_id = uuid4(), uuid4()
    write: Callable[..., object] = life.committer._write  # noqa: SLF001

    def commit_unnoticed(plan: object) -> list[object]:
        # As when the answer to COMMIT is lost, and somebody else has gone on since.
        monkeypatch.setattr(life.committer, "_write", write)
        write(plan)
        plan.settled.is_lost = True  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(life.committer, "_write", commit_unnoticed)
    outcome = await life.ref(key).ask(Add(by=2), ANNA, id=command_id)
    assert value_of(outcome) == 2
    assert life.tables.total(key) == Total(2, 0)
    assert life.published.events == []
    assert set(life.published.doubted) == {life.ref(key).address}


def test_two_functions_for_one_message_are_refused() -> None:
    part = doors()
    with pytest.raises(TwoForOne, match="ShowOut"):
        part.handles(ShowOut)(lambda _command, _turn: Gone())
    with pytest.raises(BadHandler, match="one type"):
        Repertoire([doors(), doors()])
