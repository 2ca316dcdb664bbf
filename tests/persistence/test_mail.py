"""Mail: what lingers, what can wait, and what is brought at once. The clock stands still."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import uuid4

import pytest

from actors.letter import TellLetter
from backend.persistence.mail import LETTERS_MAX, LINGER_S, REST_S, TICK_S, Mail
from protocol.address import Address, address_of
from protocol.messages import Tell
from tests.support.clock import FakeClock
from tests.support.counter import Moved, new_id

LINGERED = {"seconds": LINGER_S + TICK_S}
RESTED = {"seconds": REST_S[1] + TICK_S}


class Counted(Tell, frozen=True, tag="test.mail_counted"):
    """Nobody minds hearing of it a second later."""

    actor: ClassVar = "counter"
    can_wait: ClassVar[bool] = True


class Letterbox:
    """What was brought, and when."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.mail = Mail(self.brought, clock)
        self.letters: list[tuple[Address, TellLetter]] = []
        self.moments: list[float] = []

    def brought(self, receiver: Address, letter: TellLetter) -> None:
        self.letters.append((receiver, letter))
        self.moments.append(self.clock.monotonic())

    def put(self, receiver: Address, *tells: Tell) -> TellLetter:
        """Have one commit tell one actor something."""
        letter = TellLetter(new_id(self.clock), tells)
        self.mail.put([(receiver, letter)])
        return letter


@pytest.fixture
def box(clock: FakeClock) -> Letterbox:
    return Letterbox(clock)


def letters_of(box: Letterbox) -> Sequence[TellLetter]:
    return [letter for _, letter in box.letters]


async def test_what_several_commits_tell_an_actor_comes_together_and_in_order(
    box: Letterbox, clock: FakeClock
) -> None:
    anna = address_of("counter", uuid4())
    first = box.put(anna, Moved(by=1))
    await clock.advance(seconds=LINGER_S / 2)
    second = box.put(anna, Moved(by=2))
    assert box.letters == []

    await clock.advance(seconds=LINGER_S / 2 + TICK_S)
    assert letters_of(box) == [first, second]
    assert len(set(box.moments)) == 1


async def test_who_has_just_heard_rests_from_what_can_wait(
    box: Letterbox, clock: FakeClock
) -> None:
    anna = address_of("counter", uuid4())
    box.put(anna, Counted())
    await clock.advance(**LINGERED)
    assert len(box.letters) == 1

    for _ in range(20):
        box.put(anna, Counted())
        await clock.advance(seconds=REST_S[0] / 25)
    assert len(box.letters) == 1
    await clock.advance(**RESTED)
    assert len(box.letters) == 21
    assert len(set(box.moments)) == 2


async def test_what_cannot_wait_brings_along_what_can(box: Letterbox, clock: FakeClock) -> None:
    anna = address_of("counter", uuid4())
    box.put(anna, Counted())
    await clock.advance(**LINGERED)

    waits, hurries = box.put(anna, Counted()), box.put(anna, Counted(), Moved(by=1))
    await clock.advance(**LINGERED)
    assert letters_of(box)[1:] == [waits, hurries]


async def test_whoever_rested_long_enough_hears_as_if_for_the_first_time(
    box: Letterbox, clock: FakeClock
) -> None:
    anna = address_of("counter", uuid4())
    box.put(anna, Counted())
    await clock.advance(**LINGERED)
    await clock.advance(**RESTED)
    box.put(anna, Counted())
    await clock.advance(**LINGERED)
    assert len(box.letters) == 2


async def test_many_letters_are_not_kept_back(box: Letterbox, clock: FakeClock) -> None:
    anna = address_of("counter", uuid4())
    box.put(anna, Counted())
    await clock.advance(**LINGERED)

    sent = [box.put(anna, Counted()) for _ in range(LETTERS_MAX)]
    assert letters_of(box)[1:] == sent
    await clock.advance(**RESTED)
    assert len(box.letters) == 1 + LETTERS_MAX


async def test_those_who_heard_at_the_same_time_do_not_hear_the_next_together(
    box: Letterbox, clock: FakeClock
) -> None:
    people = [address_of("counter", uuid4()) for _ in range(50)]
    for _ in range(2):
        for person in people:
            box.put(person, Counted())
        await clock.advance(**LINGERED)
    assert len(box.letters) == len(people)

    await clock.advance(**RESTED)
    assert [receiver for receiver, _ in box.letters[: len(people)]] == people
    assert len(set(box.moments[len(people) :])) > 10


async def test_what_was_brought_along_leaves_no_date_behind(
    box: Letterbox, clock: FakeClock
) -> None:
    anna = address_of("counter", uuid4())
    box.put(anna, Counted())
    await clock.advance(**LINGERED)
    box.put(anna, Counted())
    box.put(anna, Moved(by=1))
    await clock.advance(**LINGERED)
    assert len(box.letters) == 3

    box.put(anna, Counted())
    await clock.advance(seconds=REST_S[0] - TICK_S)
    assert len(box.letters) == 3
    await clock.advance(**RESTED)
    assert len(box.letters) == 4


async def test_a_letter_that_cannot_be_posted_holds_up_no_other(
    box: Letterbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = address_of("counter", uuid4()), address_of("counter", uuid4())
    brought = box.brought

    def post(receiver: Address, letter: TellLetter) -> None:
        if receiver == anna:
            raise RuntimeError
        brought(receiver, letter)

    monkeypatch.setattr(box.mail, "_post", post)
    box.put(anna, Moved(by=1))
    first = box.put(ben, Moved(by=1))
    await clock.advance(**LINGERED)
    second = box.put(ben, Moved(by=2))
    await clock.advance(**LINGERED)
    assert letters_of(box) == [first, second]


async def test_before_the_end_everything_is_brought_at_once(
    box: Letterbox, clock: FakeClock
) -> None:
    anna, ben = address_of("counter", uuid4()), address_of("counter", uuid4())
    sent = [box.put(anna, Counted()), box.put(ben, Moved(by=1))]
    box.mail.bring_all()
    assert letters_of(box) == sent
    await clock.advance(**RESTED)
    assert letters_of(box) == sent
