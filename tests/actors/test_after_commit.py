"""What goes wrong after a commit, or before anything runs, stops nobody else."""

from collections.abc import Mapping, Sequence
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


def test_two_functions_for_one_message_are_refused() -> None:
    part = doors()
    with pytest.raises(TwoForOne, match="ShowOut"):
        part.handles(ShowOut)(lambda _command, _turn: Gone())
    with pytest.raises(BadHandler, match="one type"):
        Repertoire([doors(), doors()])
