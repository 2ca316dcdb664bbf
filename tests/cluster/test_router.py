"""Whose answer to an ask counts, and what is said of an ask that may have been done."""

import asyncio
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
import pytest

from actors.letter import Letter
from actors.outcome import Outcome
from actors.placement import View
from actors.principal import Principal
from backend.cluster import router as routing
from backend.cluster.letters import LetterCodec
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.questions import Questions
from backend.cluster.router import Router
from backend.cluster.words import Answered, Asked, Asking, NotHere, Replying, Word
from protocol.address import Address, address_of
from protocol.vocabulary import Vocabulary
from tests.support.clock import FakeClock
from tests.support.counter import Add, HeardOf, Moved, Read
from tests.support.until import until

COUNTER = address_of("counter", uuid4())
OURSELVES = uuid4()


class Place:
    """As much of a membership as a router asks: every actor is at one other node, or at none."""

    node_id = OURSELVES
    is_sure = True

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.owner: UUID | None = uuid4()

    def now_s(self) -> float:
        return self._clock.monotonic()

    def owner_of(self, _address: Address) -> UUID | None:
        return self.owner

    def look_again(self) -> None:
        """Nothing changes but by the test."""


class Said(Links):
    """Links that note what is said, and say what the test has another node say."""

    is_up = True

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(OURSELVES, None, clock)
        self.words: list[tuple[UUID, Any]] = []

    def send(self, to: UUID, word: Word) -> bool:
        self.words.append((to, word))
        return True

    def say(self, sender: UUID, word: Word) -> None:
        self._handlers[type(word)](sender, word)


class Scene:
    """A router with nothing real around it, and one ask on its way."""

    def __init__(self, clock: FakeClock) -> None:
        vocabulary = Vocabulary()
        for word in (Add, Read, HeardOf, Moved):
            vocabulary.add(word)
        self.clock = clock
        self.place, self.links = Place(clock), Said(clock)
        codec = LetterCodec(vocabulary)
        membership = cast("Membership", self.place)
        self.router = Router(membership, self.links, codec, lambda *_: None)
        self.outcomes: list[Outcome] = []
        letter = Letter(Add(by=1), Principal(uuid4()), self.outcomes.append, id=uuid4())
        self.router.bring(COUNTER, letter)

    @property
    def asked(self) -> list[tuple[UUID, int]]:
        """Who was asked, under which number."""
        return [(to, word.number) for to, word in self.links.words if isinstance(word, Asked)]

    @property
    def code(self) -> str:
        """The refusal that is the outcome."""
        (outcome,) = self.outcomes
        return str(msgspec.json.decode(outcome.body)["code"])

    async def pass_s(self, seconds: float) -> None:
        await self.clock.advance(seconds=seconds)
        self.router._look()  # noqa: SLF001 - as it does again and again

    def move_to(self, owner: UUID | None) -> None:
        self.place.owner = owner
        self.router.moved(View(), View())


@pytest.fixture
def scene(clock: FakeClock) -> Scene:
    """An ask that was said to the node that has the actor."""
    return Scene(clock)


async def test_an_ask_that_was_said_twice_may_be_done_whatever_the_second_answer_is(
    scene: Scene,
) -> None:
    ((owner, number),) = scene.asked
    # It does it, and its answer is lost; then it hands the actor over.
    await scene.pass_s(routing.AGAIN_AFTER_S)
    assert len(scene.asked) == 2
    scene.place.owner = None
    scene.links.say(owner, NotHere(number))
    await scene.pass_s(routing.PARKED_S)
    assert scene.code == "timed_out"


async def test_an_ask_that_was_said_once_and_turned_away_was_not_done(scene: Scene) -> None:
    ((owner, number),) = scene.asked
    scene.place.owner = None
    scene.links.say(owner, NotHere(number))
    await scene.pass_s(routing.PARKED_S)
    assert scene.code == "temporary"


async def test_an_answer_of_a_node_that_was_not_asked_is_none(scene: Scene) -> None:
    ((owner, number),) = scene.asked
    scene.links.say(uuid4(), Answered(number, granted=True, body=b"{}"))
    assert not scene.outcomes
    scene.links.say(owner, Answered(number, granted=True, body=b"[]"))
    assert [outcome.body for outcome in scene.outcomes] == [b"[]"]


async def test_the_answer_of_the_node_that_had_the_actor_before_is_as_good(scene: Scene) -> None:
    ((first, number),) = scene.asked
    scene.move_to(second := uuid4())
    assert scene.asked == [(first, number), (second, number)]
    scene.links.say(first, Answered(number, granted=True, body=b"[]"))
    assert len(scene.outcomes) == 1
    assert scene.router.waiting == 0


async def test_asks_are_numbered_from_where_nobody_guesses(clock: FakeClock) -> None:
    numbers = {Scene(clock).asked[0][1] for _ in range(3)}
    assert len(numbers) == 3


async def test_a_reply_of_a_node_that_was_not_asked_is_none(clock: FakeClock) -> None:
    links = Said(clock)
    questions = Questions(links)
    node_id = uuid4()

    async def reply() -> None:
        await until(lambda: bool(links.words))
        _, word = links.words[0]
        assert isinstance(word, Asking)
        links.say(uuid4(), Replying(word.number, b"a lie"))
        links.say(node_id, Replying(word.number, b"the truth"))

    replying = asyncio.create_task(reply())
    assert await questions.ask(node_id, "state", within_s=5.0) == b"the truth"
    await replying
