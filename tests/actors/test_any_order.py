"""Whatever is asked, in whatever order: as if one after the other had been decided alone."""

import asyncio
from uuid import UUID, uuid4

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors.outcome import Outcome
from actors.principal import Principal
from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.counter import A_BUG, ANNA, BEN, BY_ALLOWED_MAX, BY_MAX, Add
from tests.support.memory import memory_life

HELD = 12

KEY = uuid4()
IDS = [UUID(f"019cadc6-9a80-7385-9575-00000000000{n}") for n in range(4)]
by = st.sampled_from([1, 2, 7, A_BUG, 500, BY_MAX + 1])
asks = st.lists(
    st.tuples(by, st.booleans(), st.sampled_from([None, *IDS]), st.sampled_from([ANNA, BEN])),
    max_size=30,
)
cuts = st.lists(st.integers(0, 29), max_size=3)
Asked = tuple[int, bool, UUID | None, Principal]


class Alone:
    """What should come of commands that are decided one by one, in the simplest way."""

    def __init__(self) -> None:
        self.value = 0
        self.held = HELD
        self.known: dict[UUID, tuple[Asked, str | int]] = {}

    def answer(self, asked: Asked) -> str | int:
        """Say what a command is answered: the counter's value, or a code."""
        *_, command_id, _ = asked
        if command_id in self.known:
            first, answer = self.known[command_id]
            return answer if first == asked else "id_reused"
        answer = self._decide(asked)
        if command_id is not None:
            self.known[command_id] = (asked, answer)
        return answer

    def _decide(self, asked: Asked) -> str | int:
        by, uses_purse, *_ = asked
        if by == A_BUG:
            return "internal"
        if BY_ALLOWED_MAX < by <= BY_MAX:
            return "test.too_much"
        if uses_purse and self.held < by:
            return "test.purse_empty"
        if by > BY_MAX:
            return "internal"
        self.held -= by if uses_purse else 0
        self.value += by
        return self.value


def answer_of(outcome: Outcome) -> str | int:
    said = msgspec.json.decode(outcome.body)
    answer: str | int = said["value"] if outcome.granted else said["code"]
    return answer


@settings(max_examples=100, deadline=None)
@given(asks, cuts)
def test_any_commands_come_out_as_if_each_had_been_alone(
    all_asked: list[Asked], pauses: list[int]
) -> None:
    async def run() -> None:
        life = memory_life(FakeClock())
        purse = life.purse_with(HELD)
        waiting = []
        for place, (by, uses_purse, command_id, who) in enumerate(all_asked):
            command = Add(by=by, purse=purse if uses_purse else None)
            asked = life.ref(KEY).ask(command, who, id=command_id, timeout_s=1.0)
            waiting.append(asyncio.ensure_future(asked))
            if place in pauses:
                await asyncio.gather(*waiting)
        answers = [answer_of(outcome) for outcome in await asyncio.gather(*waiting)]

        alone = Alone()
        assert answers == [alone.answer(asked) for asked in all_asked]
        assert life.remembered(KEY) == life.tables.total(KEY)
        assert life.remembered(KEY).value == alone.value
        numbers = life.tables.numbers.get(address_of("counter", KEY), [])
        assert [number for _, number, _ in life.published.events] == numbers
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(actor.by_id == {} for actor in life.system.actors.values())

    with capture_logs():  # Writing the traces of the bugs would take most of the time.
        asyncio.run(run())
