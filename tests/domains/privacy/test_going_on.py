"""An erasure takes as long as it takes: piece by piece, whoever works, whatever else happens."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.domains.identity.messages import ChangeProfile
from backend.domains.privacy.erasing import going_on
from backend.domains.privacy.limits import GRACE, LEFT_BEHIND
from backend.persistence import privacy
from backend.persistence.database import Record, fetch
from protocol.clients.python import Refused
from tests.domains.privacy.desk import ask_for_export
from tests.domains.privacy.test_erasing import (
    ask_to_be_erased,
    erased,
    live,
    rows_of_ben,
    sign_in,
    state_of,
)
from tests.domains.privacy.test_exporting import archive_of, rows_of
from tests.domains.privacy.traces import traces_in_database
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, new_code, read
from tests.support.desk import Desk
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers
from tests.support.verify import Ask, broken_invariants, in_one_turn, until_quiet


async def jobs_of_erasures() -> Sequence[Record]:
    return await fetch("SELECT id FROM job WHERE name = 'privacy.erase'")


async def due(person: Person, desk: Desk) -> None:
    """Have somebody's erasure be due, and its first job planned."""
    await ask_to_be_erased(person)
    await desk.work()
    await desk.advance(GRACE.total_seconds())
    await desk.runner.run_schedule(desk.declared.schedules["domains.privacy.jobs.begin_erasures"])


async def test_a_long_life_is_erased_in_small_pieces(
    couple: Couple, desk: Desk, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await ask_for_export(couple.anna)
        await desk.work()
    life = await live(couple)
    async with couple.phones() as (anna, _):
        for number in range(9):
            await anna.do("moods.log", mood="calm", mood_score=7, notes=f"{life.tag} {number}")
    monkeypatch.setattr(going_on, "ROWS_AT_ONCE_MAX", 2)
    monkeypatch.setattr(going_on, "PIECES_AT_ONCE_MAX", 1)
    monkeypatch.setattr(privacy, "EVENTS_AT_ONCE_MAX", 3)
    monkeypatch.setattr(privacy, "OUTCOMES_AT_ONCE_MAX", 50)
    before = await broken_invariants()
    await due(couple.anna, desk)
    pieces = 0
    while await state_of(couple.anna) != "done":
        await until_quiet(desk.node)
        for job in await jobs_of_erasures():
            await desk.runner.run(job["id"])
            pieces += 1
        assert await broken_invariants() <= before, "also in between"
    assert pieces > 40, "each is a job of its own"
    assert await traces_in_database(servers, life.words) == []


async def test_two_workers_who_do_the_same_do_it_once(
    couple: Couple, desk: Desk, servers: Servers
) -> None:
    life = await live(couple)
    await due(couple.anna, desk)
    for _ in range(50):
        await until_quiet(desk.node)
        jobs = await jobs_of_erasures()
        if not jobs:
            break
        twice = [desk.runner.run(job["id"]) for job in jobs for _ in range(2)]
        await asyncio.gather(*twice, return_exceptions=True)
    assert await state_of(couple.anna) == "done"
    assert await traces_in_database(servers, life.words) == []


async def test_what_was_left_behind_is_gone_on_with(couple: Couple, desk: Desk) -> None:
    await live(couple)
    await due(couple.anna, desk)
    (job,) = await jobs_of_erasures()
    await desk.runner.run(job["id"])
    await fetch("DELETE FROM job WHERE name = 'privacy.erase'")
    await desk.run("begin_erasures")
    assert await state_of(couple.anna) == "parting", "others may be at it"
    await desk.advance(LEFT_BEHIND.total_seconds())
    await desk.run("begin_erasures")
    assert await state_of(couple.anna) == "done"


async def test_a_step_that_is_not_known_any_more_begins_the_erasure_anew(
    couple: Couple, desk: Desk, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new version may do it in other steps."""
    life = await live(couple)
    await due(couple.anna, desk)
    monkeypatch.setattr(going_on, "PIECES_AT_ONCE_MAX", 2)
    while await state_of(couple.anna) != "erasing":
        await until_quiet(desk.node)
        for job in await jobs_of_erasures():
            await desk.runner.run(job["id"])
    await fetch(
        "UPDATE erasure SET step = 'journal.of_before', place = 'x' WHERE user_id = $1",
        couple.anna.user_id,
    )
    await desk.work()
    assert await state_of(couple.anna) == "done"
    assert await traces_in_database(servers, life.words) == []


async def test_bens_open_phone_learns_that_it_is_over_and_no_more(
    couple: Couple, desk: Desk
) -> None:
    await live(couple)
    await due(couple.anna, desk)
    await later(couple.ben, minutes=1)
    bens = await rows_of_ben(couple.ben)
    async with couple.ben.phone() as client:
        mine = await client.join(couple.ben.address).ready()
        ours = await client.join(couple.address).ready()
        await desk.work()
        ended = (await mine.next_push("relationships.ended")).event
        assert ended == {
            "type": "relationships.ended",
            "relationship_id": str(couple.relationship_id),
        }
        mood = {"type": "moods.log", "mood": "lost", "mood_score": 2}
        with pytest.raises(Refused, match="not_found"):
            await client.ask(mood, to=ours.topic)
        private: dict[str, Any] = {**mood, "type": "moods.log_private"}
        await client.ask(private)
    assert len(await rows_of_ben(couple.ben)) == len(bens) + 1


async def test_invitations_of_hers_and_to_her_are_open_no_more(
    couple: Couple, desk: Desk, node: Node, clock: FakeClock
) -> None:
    carl, dora = await sign_up(node, clock, "Carl"), await sign_up(node, clock, "Dora")
    code = new_code()
    async with couple.anna.phone() as annas:
        opened = await annas.ask({"type": "invitations.open", "code": code})
    await ask_to_be_erased(couple.anna)
    await desk.work()
    await desk.advance(GRACE.total_seconds() - 3600)
    await later(dora, carl, minutes=1)
    async with dora.phone() as phone:
        await phone.join(dora.address).ready()
        to_her = await phone.ask({"type": "invitations.open", "email": couple.anna.email})
        await desk.advance(3600)
        await desk.run("begin_erasures")
        declined = await phone.next_push("invitations.declined")
        assert declined.event["relationship_id"] == to_her["relationship_id"]
    await later(carl, minutes=1)
    async with carl.phone() as phone:
        accept = {
            "type": "invitations.accept",
            "relationship_id": opened["relationship_id"],
            "code": code,
        }
        with pytest.raises(Refused, match="No invitation of this kind"):
            await phone.ask(accept)
    rows = await fetch(
        "SELECT status, email FROM invitation WHERE relationship_id = $1::text::uuid",
        to_her["relationship_id"],
    )
    assert [dict(row) for row in rows] == [{"status": "declined", "email": "erased"}]


async def test_both_of_a_couple_may_go_one_after_the_other(
    couple: Couple, desk: Desk, servers: Servers
) -> None:
    life = await live(couple)
    await ask_to_be_erased(couple.ben)
    await erased(couple.anna, desk)
    assert await state_of(couple.ben) == "done"
    assert await traces_in_database(servers, [*life.words, couple.ben.email]) == []
    users = await fetch(
        'SELECT name, email FROM "user" WHERE id = ANY($1)',
        [couple.anna.user_id, couple.ben.user_id],
    )
    assert {row["name"] for row in users} == {""}
    assert len({row["email"] for row in users}) == 2


async def test_bens_export_shows_somebody_who_has_left(couple: Couple, desk: Desk) -> None:
    await live(couple)
    await erased(couple.anna, desk)
    await later(couple.ben, minutes=1)
    archive = await archive_of(couple.ben, desk)
    (ours,) = rows_of(archive, "relationships")
    assert (ours["status"], ours["with_whom"]) == ("ended", None)
    assert len(rows_of(archive, "check_ins")) == 2
    assert (await read(couple.ben, "/v1/relationships")).json() == []


async def test_an_invitation_that_lapsed_long_ago_loses_her_name_in_the_inbox_of_who_got_it(
    couple: Couple, desk: Desk, node: Node, clock: FakeClock
) -> None:
    """Nothing else of hers is open by then, so nobody else is told anything."""
    eve, carl = await sign_up(node, clock, "Eve"), await sign_up(node, clock, "Carl")
    async with eve.phone() as phone:
        await phone.ask({"type": "invitations.open", "email": carl.email})
    await later(eve, couple.anna, days=15)
    async with eve.phone() as phone:
        opened = await phone.ask({"type": "invitations.open", "code": new_code()})
        await phone.ask(
            {"type": "invitations.revoke", "relationship_id": opened["relationship_id"]}
        )
    await later(carl, minutes=1)
    inbox = (await read(carl, "/v1/notifications")).json()
    assert [item["notification"]["title"] for item in inbox["items"]] == ["Eve invites you"]
    await erased(eve, desk)
    await later(carl, minutes=1)
    inbox = (await read(carl, "/v1/notifications")).json()
    assert (inbox["items"], inbox["unread"]) == ([], 0)


async def test_what_an_actor_remembers_of_her_cannot_bring_her_back(
    couple: Couple, desk: Desk, node: Node
) -> None:
    """Her actor is awake while her rows go, and is asked for something afterwards."""
    life = await live(couple)
    await due(couple.anna, desk)
    while await state_of(couple.anna) != "erasing":
        await desk.advance(2)
        for job in await jobs_of_erasures():
            await desk.runner.run(job["id"])
        await until_quiet(node)
    anna = couple.anna
    (german,) = await in_one_turn(
        node, anna.address, [Ask(ChangeProfile(locale="de"), anna.principal)]
    )
    assert german.granted
    assert life.name in str(node.house.system.actors[anna.address].states)
    await desk.work()
    assert await state_of(anna) == "done"
    assert life.tag not in str(node.house.system.actors[anna.address].states)
    (french,) = await in_one_turn(
        node, anna.address, [Ask(ChangeProfile(locale="fr"), anna.principal)]
    )
    assert french.granted
    (row,) = await fetch('SELECT name, nickname, locale FROM "user" WHERE id = $1', anna.user_id)
    assert dict(row) == {"name": "", "nickname": None, "locale": "fr"}


OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


async def test_those_who_run_tandem_erase_somebody_who_cannot_ask(
    couple: Couple, desk: Desk, servers: Servers
) -> None:
    """As the page says; the account is in use until that moment."""
    page = OPERATIONS.read_text(encoding="utf-8")
    (statement,) = re.findall(r"```sql\n(WITH resting AS .*?)```", page, re.DOTALL)
    life = await live(couple)
    now = f"timestamptz '{couple.anna.clock.now()}'"
    statement = statement.replace("{…}", f"{{{couple.anna.user_id}}}").replace("now()", now)
    owner = await asyncpg.connect(servers.urls.owner)
    try:
        await owner.execute(statement)
        await owner.execute(statement)  # Done twice it is done once.
    finally:
        await owner.close()
    assert (await read(couple.anna, "/v1/me")).status_code == 401
    assert (await sign_in(couple.anna, reactivate=True)).json()["code"] == (
        "identity.account_inactive"
    )
    await desk.run("begin_erasures")
    assert await state_of(couple.anna) == "done"
    assert await traces_in_database(servers, life.words) == []


async def test_a_job_that_was_planned_twice_goes_on_once(couple: Couple, desk: Desk) -> None:
    await live(couple)
    await due(couple.anna, desk)
    for _ in range(3):  # The schedule comes round before the job has run.
        await desk.runner.run_schedule(
            desk.declared.schedules["domains.privacy.jobs.begin_erasures"]
        )
    assert len(await jobs_of_erasures()) == 4
    for job in await jobs_of_erasures():
        await desk.runner.run(job["id"])
    assert len(await jobs_of_erasures()) == 1
