"""Somebody is forgotten: the log keeps no hole, others keep their answers, memory begins anew."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from actors.outcome import Outcome
from actors.principal import Principal
from backend.persistence import privacy
from backend.persistence.database import fetch
from backend.persistence.invariants import NumbersAreContiguous
from backend.persistence.personal_data import Person
from protocol.address import Address, address_of
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, BEN, Add
from tests.support.engine import Engine, numbers_of, reloaded, remembered
from tests.support.superuser import Superuser
from tests.support.until import until


def person_of(
    principal: Principal, clock: FakeClock, *, own: Sequence[Address] = (), **more: Any
) -> Person:
    traces = (str(principal.user_id), "anna@example.org")
    known = {"others": (), "traces": traces, "parted_at": clock.now(), **more}
    return Person(user_id=principal.user_id, own=tuple(own), **known)


async def add(running: Engine, key: UUID, times: int, principal: Principal = ANNA) -> None:
    for _ in range(times):
        outcome: Outcome = await running.ref(key).ask(Add(by=1), principal)
        assert outcome.granted


async def test_the_oldest_go_first_so_there_is_no_hole_at_any_moment(
    running: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = uuid4(), uuid4()
    await add(running, key, 5)
    await add(running, other, 2)
    monkeypatch.setattr(privacy, "EVENTS_AT_ONCE_MAX", 2)
    person = person_of(ANNA, clock, own=[address_of("counter", key)])
    left = []
    while await privacy.forget_events(person, "") is not None:
        left.append(await numbers_of(key))
        assert await NumbersAreContiguous().broken() == []
    assert left == [[3, 4, 5], [5], []]
    assert await numbers_of(other) == [1, 2]
    await add(running, key, 1)
    assert await numbers_of(key) == [6]


async def test_what_is_said_after_somebody_has_gone_is_left(
    running: Engine, clock: FakeClock
) -> None:
    key = uuid4()
    await add(running, key, 3)
    person = person_of(ANNA, clock, others=(address_of("counter", key),))
    await clock.advance(minutes=1)
    await add(running, key, 2)
    assert await privacy.forget_events(person, "") is not None
    assert await privacy.forget_events(person, "") is None
    assert await numbers_of(key) == [4, 5]


async def test_a_clock_that_was_wrong_leaves_no_hole(running: Engine, clock: FakeClock) -> None:
    """The third was said by a node whose clock was ahead, and is numbered before the fourth."""
    key = uuid4()
    await add(running, key, 2)
    await clock.advance(hours=1)
    await add(running, key, 1)
    behind = clock.now() - timedelta(minutes=50)
    topic, generation = address_of("counter", key), 1
    (head,) = await fetch("SELECT generation FROM head WHERE address = $1", topic)
    generation = head["generation"]
    await fetch(
        "INSERT INTO event (topic, generation, number, at, body) VALUES ($1, $2, 4, $3, '{}')",
        topic,
        generation,
        behind,
    )
    await fetch("UPDATE head SET seq = 4, version = version + 1 WHERE address = $1", topic)
    person = person_of(ANNA, clock, own=[topic], parted_at=behind)
    await privacy.forget_events(person, "")
    assert await numbers_of(key) == []
    assert await NumbersAreContiguous().broken() == []


async def outcomes_of(principal: Principal) -> int:
    rows = await fetch("SELECT 1 FROM outcome WHERE principal = $1", principal.user_id)
    return len(rows)


async def test_answers_of_others_that_name_her_are_erased_and_the_command_is_not_done_again(
    running: Engine, clock: FakeClock, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4()
    anna = Principal(uuid4())
    await add(running, key, 3, anna)
    now_ms = int(clock.now().timestamp() * 1000)
    naming, plain = uuid7(now_ms), uuid7(now_ms)
    assert (await running.ref(key).ask(Add(by=1), BEN, id=naming)).granted
    # Counters name nobody; the answers of rooms may.
    await superuser.execute(
        "UPDATE outcome SET body = json_build_object('to', 'Anna@Example.ORG') WHERE id = $1",
        naming,
    )
    first = await running.ref(key).ask(Add(by=1), BEN, id=plain)
    monkeypatch.setattr(privacy, "OUTCOMES_AT_ONCE_MAX", 2)
    person = person_of(anna, clock)
    assert await outcomes_of(anna) == 3
    place: str | None = ""
    while place is not None:
        place = await privacy.forget_outcomes(person, place)
    assert await outcomes_of(anna) == 0
    assert await running.ref(key).ask(Add(by=1), BEN, id=plain) == first
    again = await running.ref(key).ask(Add(by=1), BEN, id=naming)
    assert b'"answer_erased"' in again.body
    assert not again.granted
    assert (await reloaded(running, key)).value == 5


async def test_nobody_but_these_functions_may_change_the_log(running: Engine) -> None:
    del running
    for query in ("DELETE FROM event", "DELETE FROM outcome", "UPDATE event SET body = '{}'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(query)


async def test_an_actor_whose_head_has_moved_begins_anew_from_its_rows(running: Engine) -> None:
    """So nothing that is erased comes back from memory, whichever node remembers it."""
    key = uuid4()
    await add(running, key, 2)
    assert remembered(running, key).value == 2
    await fetch("DELETE FROM test_count WHERE counter = $1", key)
    await privacy.forget_memory((address_of("counter", key),))
    await add(running, key, 1)
    await until(lambda: remembered(running, key).value == 1)
    assert (await reloaded(running, key)).value == 1


async def test_what_went_astray_goes_and_what_others_wait_for_stays(
    running: Engine, clock: FakeClock
) -> None:
    del running
    anna, shared, bens = Principal(uuid4()), uuid4(), uuid4()
    own = [address_of("user", anna.user_id), address_of("relationship", shared)]
    now = clock.now()
    for receiver, content in (
        (own[0], "[]"),
        (own[1], "[]"),
        (f"user/{bens}", f'[{{"relationship_id": "{shared}"}}]'),
        (f"user/{bens}", '[{"email": "ANNA@example.org"}]'),
        (f"user/{bens}", '[{"balance": 3}]'),
    ):
        await fetch(
            """INSERT INTO dead_letter (id, receiver, content, reason, sent_at, died_at)
               VALUES ($1, $2, $3::text::json, '', $4, $4)""",
            uuid7(),
            receiver,
            content,
            now,
        )
        await fetch(
            """INSERT INTO tell (id, receiver, tells, tries, sent_at, retry_at)
               VALUES ($1, $2, $3::text::json, 1, $4, 'infinity')""",
            uuid7(),
            receiver,
            content,
            now,
        )
    person = person_of(anna, clock, own=own)
    await privacy.forget_tells(person, "")
    await privacy.forget_dead_letters(person, "")
    receivers = [*own, f"user/{bens}"]
    dead = await fetch("SELECT content FROM dead_letter WHERE receiver = ANY($1)", receivers)
    assert [row["content"] for row in dead] == ['[{"balance": 3}]']
    told = await fetch("SELECT tells FROM tell WHERE receiver = ANY($1)", receivers)
    assert {row["tells"] for row in told} == {
        f'[{{"relationship_id": "{shared}"}}]',
        '[{"balance": 3}]',
    }
    await fetch("DELETE FROM tell WHERE receiver = ANY($1)", receivers)
