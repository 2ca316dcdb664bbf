"""What many have missed is read at once, and is what each would have read alone."""

from uuid import uuid4

from backend.persistence.event_log import heads_of, read_after, read_after_each
from protocol.address import address_of
from protocol.position import Position
from tests.support.counter import ANNA, Add
from tests.support.engine import Engine

COUNT_MAX = 4


async def test_what_each_of_many_has_missed(running: Engine) -> None:
    busy, quiet, silent = (uuid4() for _ in range(3))
    for key, times in ((busy, 7), (quiet, 2)):
        for _ in range(times):
            await running.ref(key).ask(Add(by=1), ANNA)
    topics = [address_of("counter", key) for key in (busy, quiet, silent)]
    generation = (await heads_of(topics))[topics[0]].generation
    asked = [
        *[(topics[0], Position(generation, number)) for number in range(9)],
        *[(topics[1], Position(generation, number)) for number in (0, 1, 0)],
        (topics[2], Position(generation, 0)),
        (topics[0], Position(generation + 1, 0)),
    ]
    together = await read_after_each(asked, COUNT_MAX)
    assert together == [await read_after(topic, pos, COUNT_MAX) for topic, pos in asked]
    assert [len(events) for events in together[:9]] == [4, 4, 4, 4, 3, 2, 1, 0, 0]
    assert await read_after_each([], COUNT_MAX) == []
