"""What the database answers decides what is done: find the guilty, try again, or hold and wait."""

import asyncio
from uuid import uuid4

import pytest

from backend.persistence.database import fetch
from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.counter import (
    ANNA,
    BY_MAX,
    Add,
    Moved,
    Total,
    code_of,
    new_id,
    refused_of,
    value_of,
)
from tests.support.engine import Engine, numbers_of, purse_with, reloaded, remembered
from tests.support.superuser import Superuser
from tests.support.troubles import ALWAYS, trouble
from tests.support.until import until

AGAIN = ["40001", "40P01", "55P03", "55006"]
HOLD = ["08006", "53100", "53200", "53300", "57P01", "57014", "58030", "25006", "XX000"]
NUL = "\x00"


class TestTheGuilty:
    """Classes 22, 23, 42, P0: one command is to blame, and it alone pays."""

    @pytest.mark.parametrize("state", ["22003", "23514", "42501", "P0001"])
    async def test_the_guilty_command_is_answered_internal_with_the_state(
        self, running: Engine, superuser: Superuser, state: str
    ) -> None:
        async with trouble(superuser, state, times=ALWAYS):
            guilty, spared = await asyncio.gather(
                running.ref(uuid4()).ask(Add(by=1), ANNA),
                running.ref(uuid4()).ask(Add(by=2, note="spared"), ANNA),
            )

        assert refused_of(guilty).code == "internal"
        assert refused_of(guilty).facts == {"reference": f"sql-{state}"}
        assert value_of(spared) == 2

    @pytest.mark.parametrize("place", range(5))
    async def test_it_is_found_at_each_place_of_a_turn(self, running: Engine, place: int) -> None:
        key = uuid4()
        asks = [Add(by=BY_MAX + 1 if n == place else 1) for n in range(5)]
        outcomes = await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for ask in asks])

        assert code_of(outcomes.pop(place)) == "internal"
        assert [value_of(outcome) for outcome in outcomes] == [1, 2, 3, 4]
        assert await numbers_of(key) == [1, 2, 3, 4]
        assert remembered(running, key) == await reloaded(running, key) == Total(4)

    async def test_several_among_many_turns_are_found(self, running: Engine) -> None:
        keys = [uuid4() for _ in range(30)]
        guilty = {3, 4, 17, 29}
        outcomes = await asyncio.gather(
            *[
                running.ref(key).ask(Add(by=BY_MAX + 1 if place in guilty else place + 30), ANNA)
                for place, key in enumerate(keys)
            ]
        )

        found = {place for place, outcome in enumerate(outcomes) if not outcome.granted}
        assert found == guilty
        for place, key in enumerate(keys):
            assert (await reloaded(running, key)).value == (0 if place in guilty else place + 30)

    async def test_a_guard_that_says_no_before_the_guilty_one_still_counts(
        self, running: Engine
    ) -> None:
        key, empty = uuid4(), await purse_with(0)
        asks = [Add(by=1, purse=empty), Add(by=BY_MAX + 1), Add(by=2)]
        no, bad, fine = await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for ask in asks])

        assert (code_of(no), code_of(bad), value_of(fine)) == ("test.purse_empty", "internal", 2)

    async def test_text_no_column_holds_condemns_its_own_command_only(
        self, running: Engine
    ) -> None:
        key = uuid4()
        asks = [Add(by=1), Add(by=1, note=f"a{NUL}b"), Add(by=1)]
        outcomes = await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for ask in asks])

        assert [outcome.granted for outcome in outcomes] == [True, False, True]
        assert code_of(outcomes[1]) == "internal"
        assert await reloaded(running, key) == Total(2)

    async def test_what_is_only_found_at_the_commit_is_found_too(
        self, running: Engine, superuser: Superuser
    ) -> None:
        await superuser.execute("""
            CREATE FUNCTION test_late() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.note = 'late' THEN RAISE EXCEPTION 'late' USING ERRCODE = '23514'; END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER test_late AFTER INSERT ON test_count
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_late();
        """)
        key = uuid4()
        asks = [Add(by=1), Add(by=1, note="late"), Add(by=1)]
        try:
            outcomes = await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for ask in asks])
        finally:
            await superuser.execute("DROP TRIGGER test_late ON test_count; DROP FUNCTION test_late")

        assert [outcome.granted for outcome in outcomes] == [True, False, True]
        assert await reloaded(running, key) == remembered(running, key) == Total(2)

    async def test_a_bug_in_what_makes_the_statements_is_the_command_s_own(
        self, running: Engine
    ) -> None:
        guilty, fine = await asyncio.gather(
            running.ref(uuid4()).ask(Add(by=2**40), ANNA),  # No integer column holds this.
            running.ref(uuid4()).ask(Add(by=1), ANNA),
        )
        assert (code_of(guilty), value_of(fine)) == ("internal", 1)

    @pytest.mark.parametrize("state", ["53100", "57P01", "40001"])
    async def test_a_server_in_trouble_while_it_is_looked_for_condemns_nobody(
        self, running: Engine, superuser: Superuser, state: str
    ) -> None:
        async with trouble(superuser, "23514", state):
            assert value_of(await running.ref(uuid4()).ask(Add(by=1), ANNA)) == 1

    async def test_a_server_in_trouble_between_the_halves_answers_everybody_once(
        self, running: Engine, superuser: Superuser
    ) -> None:
        keys = [uuid4() for _ in range(8)]
        await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for key in keys])
        async with trouble(superuser, "23514", "57P01", "23514", "40001", "53100"):
            outcomes = await asyncio.gather(
                *[running.ref(key).ask(Add(by=1), ANNA) for key in keys]
            )

        assert [value_of(outcome) for outcome in outcomes] == [2] * 8
        assert running.batches > 2

    @pytest.mark.parametrize("by", [BY_MAX + 1, 2**40])
    async def test_the_log_does_not_say_what_people_wrote(
        self, running: Engine, capsys: pytest.CaptureFixture[str], by: int
    ) -> None:
        await running.ref(uuid4()).ask(Add(by=by, note="dear diary"), ANNA)

        said = capsys.readouterr()
        assert "a command wrote what the database refuses" in said.out
        assert "dear diary" not in said.out + said.err
        assert str(by) not in said.out + said.err

    async def test_its_refusal_is_stored_and_given_again(
        self, running: Engine, clock: FakeClock
    ) -> None:
        key, command_id = uuid4(), new_id(clock)
        first = await running.ref(key).ask(Add(by=BY_MAX + 1), ANNA, id=command_id)
        again = await running.ref(key).ask(Add(by=BY_MAX + 1), ANNA, id=command_id)

        assert first.body == again.body
        assert code_of(first) == "internal"

    async def test_a_guilty_tell_stays_and_blocks_nobody(
        self, running: Engine, superuser: Superuser, clock: FakeClock
    ) -> None:
        key = uuid4()
        async with trouble(superuser, "23514", times=ALWAYS):
            await fetch(
                "INSERT INTO tell (id, receiver, tells, tries, sent_at) VALUES ($1, $2, $3, 0, $4)",
                new_id(clock),
                address_of("counter", key),
                f'[{{"type":"{Moved.__struct_config__.tag}","by":1}}]',
                clock.now(),
            )
            outcome = await running.ref(key).ask(Add(by=1, note="spared"), ANNA)

        assert value_of(outcome) == 1
        left = "SELECT count(*) AS waiting FROM tell WHERE receiver = $1"
        assert (await fetch(left, address_of("counter", key)))[0]["waiting"] == 1


class TestAgain:
    """Classes 40, 55: nobody is to blame, so all of it again, three times at most."""

    @pytest.mark.parametrize("state", AGAIN)
    async def test_it_is_tried_again_and_done_once(
        self, running: Engine, superuser: Superuser, state: str
    ) -> None:
        key = uuid4()
        async with trouble(superuser, state, times=3) as met:
            outcome = await running.ref(key).ask(Add(by=1), ANNA)
            assert await met.met() == 4

        assert value_of(outcome) == 1
        assert await reloaded(running, key) == Total(1)

    @pytest.mark.parametrize("state", AGAIN)
    async def test_past_the_limit_it_is_temporary_and_may_be_sent_again(
        self, running: Engine, superuser: Superuser, clock: FakeClock, state: str
    ) -> None:
        key, command_id = uuid4(), new_id(clock)
        async with trouble(superuser, state, times=ALWAYS) as met:
            outcome = await running.ref(key).ask(Add(by=1), ANNA, id=command_id)
            assert await met.met() == 4
        assert refused_of(outcome).code == "temporary"
        assert refused_of(outcome).temporary

        assert value_of(await running.ref(key).ask(Add(by=1), ANNA, id=command_id)) == 1


class TestHold:
    """Classes 08, 53, 57, 58, 25006: the server cannot write now, so the lane waits for it."""

    @pytest.mark.parametrize("state", HOLD)
    async def test_the_lane_holds_until_it_can_be_written(
        self, running: Engine, superuser: Superuser, state: str
    ) -> None:
        key = uuid4()
        async with trouble(superuser, state, times=ALWAYS) as met:
            asked = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA))
            lane = running.committer.lanes[0]
            await until(lambda: lane.is_held)
            assert not asked.done()
            await met.over()
            assert value_of(await asked) == 1

        assert not lane.is_held
        assert remembered(running, key) == await reloaded(running, key) == Total(1)

    async def test_past_the_limit_it_is_temporary_and_nothing_was_done(
        self,
        running: Engine,
        superuser: Superuser,
        clock: FakeClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        key, command_id = uuid4(), new_id(clock)
        async with trouble(superuser, "53100", times=ALWAYS):
            asked = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA, id=command_id))
            await until(lambda: running.committer.lanes[0].is_held)
            monkeypatch.setattr("backend.persistence.silence.HOLD_S", 0.0)
            assert code_of(await asked) == "temporary"
            assert await numbers_of(key) == []

        assert value_of(await running.ref(key).ask(Add(by=1), ANNA, id=command_id)) == 1
        assert await numbers_of(key) == [1]
