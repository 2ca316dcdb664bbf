"""Who asks for an export, how often, and what becomes of one that nobody makes or fetches."""

import asyncio
import zipfile
from datetime import timedelta

import pytest
from arq.worker import Retry

from backend.domains.privacy.exporting import export_store
from backend.domains.privacy.limits import EXPORT_KEPT, EXPORT_MADE_WITHIN
from backend.persistence.database import fetch
from tests.domains.privacy.desk import (
    ask,
    ask_for_export,
    exports_of,
    link_to,
    signed_in_a_while_ago,
)
from tests.domains.privacy.test_exporting import archive_of, live, rows_of
from tests.support.couple import Couple, later
from tests.support.desk import Desk, open_desk
from tests.support.node import Node
from tests.support.people import Person
from tests.support.servers import Servers


async def chunks_of(person: Person) -> int:
    rows = await fetch(
        """SELECT count(*) AS chunks FROM data_export_chunk AS c JOIN data_export AS e
           ON e.id = c.export_id WHERE e.user_id = $1""",
        person.user_id,
    )
    return int(rows[0]["chunks"])


async def test_who_has_annas_open_phone_cannot_ask_without_her_password(couple: Couple) -> None:
    await signed_in_a_while_ago(couple.anna)
    bare = await ask(couple.anna, "POST", "/v1/me/export", {})
    assert (bare.status_code, bare.json()["code"]) == (403, "identity.confirmation_needed")
    guessed = await ask(couple.anna, "POST", "/v1/me/export", {"current_password": "a guess"})
    assert guessed.json()["code"] == "identity.wrong_credentials"
    assert await exports_of(couple.anna) == []
    assert (await ask_for_export(couple.anna)).status_code == 202
    erased = await ask(couple.anna, "POST", "/v1/me/erase", {})
    assert erased.json()["code"] == "identity.confirmation_needed"


async def test_one_is_made_at_a_time_also_when_all_ask_at_once(couple: Couple, desk: Desk) -> None:
    answers = await asyncio.gather(*(ask_for_export(couple.anna) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    codes = {answer.json().get("code") for answer in answers if answer.status_code == 409}
    assert codes == {"privacy.export_under_way"}
    assert (await ask_for_export(couple.ben)).status_code == 202
    await desk.work()
    assert [one["state"] for one in await exports_of(couple.anna)] == ["ready"]


async def test_a_day_has_three_exports_and_the_refusal_says_when_the_next_is(
    couple: Couple, desk: Desk
) -> None:
    for _ in range(3):
        assert (await ask_for_export(couple.anna)).status_code == 202
        await desk.work()
    more = await ask_for_export(couple.anna)
    assert more.status_code == 429
    assert more.json()["facts"]["count_max"] == 3
    next_at = more.json()["facts"]["next_at"]
    assert next_at.startswith("2026-03-03T09:0")
    await later(couple.anna, hours=24, minutes=1)
    assert (await ask_for_export(couple.anna)).status_code == 202


async def test_what_is_too_much_is_refused_by_name_and_nothing_of_it_is_kept(
    couple: Couple, servers: Servers, node: Node, desk: Desk
) -> None:
    del desk  # It emptied the outbox.
    async with couple.phones() as (anna, _), open_desk(servers, node, bytes_max=2_000) as small:
        await ask_for_export(couple.anna)
        await small.work()
        arrived = await anna.hears("notifications.arrived")
    assert arrived["items"][0]["title"] == "Your data could not be gathered"
    (failed,) = await exports_of(couple.anna)
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "privacy.export_too_large")
    assert "TANDEM_EXPORT_BYTES_MAX" in failed["failure"]["message"]
    assert await chunks_of(couple.anna) == 0
    refused = await link_to(couple.anna, failed["id"])
    assert refused.json()["code"] == "privacy.export_not_ready"


async def test_a_worker_that_dies_on_the_way_leaves_nothing_and_another_makes_it_whole(
    couple: Couple, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live(couple)

    class Killed(BaseException):
        """Nothing of a process is left to clean up behind itself."""

    add_chunk, killed = export_store.add_chunk, 0

    async def die(*_what: object) -> None:
        nonlocal killed
        killed += 1
        raise Killed

    monkeypatch.setattr(export_store, "add_chunk", die)
    await ask_for_export(couple.anna)
    with pytest.raises(Killed):
        await desk.work()
    assert killed == 1
    assert await chunks_of(couple.anna) == 0
    (under_way,) = await exports_of(couple.anna)
    assert under_way["state"] == "making"
    assert under_way["files_done"] == under_way["files"] > 15
    monkeypatch.setattr(export_store, "add_chunk", add_chunk)
    await desk.work()
    (made,) = await exports_of(couple.anna)
    assert made["state"] == "ready"


async def test_an_archive_in_many_pieces_comes_whole(
    couple: Couple, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.domains.privacy.exporting.archive.CHUNK_BYTES", 100)
    await live(couple)
    archive: zipfile.ZipFile = await archive_of(couple.anna, desk)
    assert archive.testzip() is None
    assert await chunks_of(couple.anna) > 50
    assert len(rows_of(archive, "moods")) == 2


async def test_every_file_is_of_one_moment_whatever_happens_meanwhile(
    couple: Couple, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anna goes on writing while the worker gathers; no file knows of it, or all would have to."""
    await live(couple)
    written: list[int] = []
    note_progress = export_store.note_progress

    async def write_meanwhile(export_id: object, files_done: int) -> None:
        await note_progress(export_id, files_done)  # type: ignore[arg-type]
        if files_done == 1:
            async with couple.anna.phone() as phone:
                mood = {"type": "moods.log_private", "mood": "late", "mood_score": 5}
                await phone.ask(mood)
            written.append(files_done)

    monkeypatch.setattr(export_store, "note_progress", write_meanwhile)
    archive = await archive_of(couple.anna, desk)
    assert written == [1]
    moods = {mood["id"] for mood in rows_of(archive, "moods")}
    paid_for = {one["reference"] for one in rows_of(archive, "ledger_entries")}
    assert len(moods) == 2
    assert {f"mood/{id_}" for id_ in moods} == {ref for ref in paid_for if ref.startswith("mood/")}


async def test_after_seven_days_it_is_gone(couple: Couple, desk: Desk) -> None:
    await archive_of(couple.anna, desk)
    (made,) = await exports_of(couple.anna)
    await later(couple.anna, couple.ben, days=EXPORT_KEPT.days, minutes=1)
    gone = await link_to(couple.anna, made["id"])
    assert gone.json()["facts"] == {"state": "expired"}
    assert await chunks_of(couple.anna) > 0
    await desk.run("forget_exports")
    assert await chunks_of(couple.anna) == 0
    assert await exports_of(couple.anna) == []


async def test_one_that_nobody_makes_is_given_up_and_may_be_asked_for_again(
    couple: Couple, desk: Desk
) -> None:
    await ask_for_export(couple.anna)
    await fetch("DELETE FROM job WHERE name = 'privacy.make_export'")
    await later(couple.anna, couple.ben, seconds=EXPORT_MADE_WITHIN.total_seconds())
    await desk.run("forget_exports")
    (failed,) = await exports_of(couple.anna)
    assert failed["failure"]["code"] == "privacy.export_failed"
    assert (await ask_for_export(couple.anna)).status_code == 202


async def test_a_worker_makes_two_at_a_time_and_the_others_wait(
    couple: Couple, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = next(one for kind, one in desk.services.items() if kind.__name__ == "Exporter")
    monkeypatch.setattr(exporter, "_under_way", 2)
    await ask_for_export(couple.anna)
    (job,) = await fetch("SELECT id FROM job WHERE name = 'privacy.make_export'")
    with pytest.raises(Retry):
        await desk.runner.run(job["id"])
    assert (await exports_of(couple.anna))[0]["state"] == "waiting"
    monkeypatch.setattr(exporter, "_under_way", 0)
    await desk.work()
    assert (await exports_of(couple.anna))[0]["state"] == "ready"
    assert timedelta(days=7) == EXPORT_KEPT
