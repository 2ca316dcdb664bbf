"""Anna asks for her data: she gets all of hers, nothing of Ben's, and nobody else gets it."""

import csv
import io
import json
import zipfile
from typing import Any

from tests.domains.privacy.desk import (
    ask_for_export,
    download,
    exports_of,
    link_to,
)
from tests.domains.reminders.test_reminding import remind
from tests.support.couple import Couple, later
from tests.support.desk import Desk
from tests.support.people import Person
from tests.support.promises import can_stake, promise, stake, with_partner

NOTE = "You held the umbrella; the wind did not mind."
ALONE = "What I tell nobody"
BENS = "Ben's own words"


async def live(couple: Couple) -> None:
    """Have the two write to each other, and Anna for herself."""
    async with couple.phones() as (anna, ben):
        await anna.check_in(gratitude_note=NOTE)
        await ben.check_in(gratitude_note=BENS)
        await anna.do("moods.log", mood="calm", mood_score=7, notes="by the lake")
        await ben.do("moods.log", mood="glad", mood_score=8, notes=BENS)
        await anna.do_alone("moods.log_private", mood="blue", mood_score=3, notes=ALONE)
        await anna.do_alone(
            "identity.change_profile",
            phone="+4915112345678",
            relationship_preferences={"tea": True},
        )


async def archive_of(person: Person, desk: Desk) -> zipfile.ZipFile:
    """Ask for an export and fetch it."""
    asked = await ask_for_export(person)
    assert asked.status_code == 202, asked.text
    await desk.work()
    (made,) = [one for one in await exports_of(person) if one["id"] == asked.json()["id"]]
    assert made["state"] == "ready", made
    link = (await link_to(person, made["id"])).json()
    answer = await download(person, link["url"])
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == made["size_bytes"] == int(answer.headers["content-length"])
    return zipfile.ZipFile(io.BytesIO(answer.content))


def rows_of(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
    return rows


async def test_anna_gets_all_of_hers_and_nothing_of_bens(couple: Couple, desk: Desk) -> None:
    await live(couple)
    archive = await archive_of(couple.anna, desk)
    assert archive.testzip() is None
    (account,) = rows_of(archive, "account")
    assert account["email"] == couple.anna.email
    assert account["relationship_preferences"] == {"tea": True}
    (check_in,) = rows_of(archive, "check_ins")
    assert check_in["gratitude_note"] == NOTE
    assert (check_in["made_at"], check_in["local_day"]) == ("2026-03-02T09:00:00Z", "2026-03-02")
    assert {mood["notes"] for mood in rows_of(archive, "moods")} == {"by the lake", ALONE}
    (ours,) = rows_of(archive, "relationships")
    assert (ours["with_whom"], ours["you_invited"]) == ("Ben", True)
    wallets = {one["asset"]: one["available_minor"] for one in rows_of(archive, "wallets")}
    entries = rows_of(archive, "ledger_entries")
    assert wallets["coin"] == sum(one["posted_minor"] for one in entries if one["asset"] == "coin")
    assert wallets["coin"] == 7
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert BENS.encode() not in everything
    assert couple.ben.email.encode() not in everything


async def test_her_promises_are_hers_and_what_ben_said_of_them_is_his(
    couple: Couple, desk: Desk
) -> None:
    await can_stake(couple.anna)
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
        wishes = [{"before_minutes": 600, "channel": "in_app"}]
        await made.ask(anna.client, "reminders.set", wishes=wishes)
        await later(couple.anna, couple.ben, hours=4)
        await remind(couple)
        done = await made.ask(anna.client, "challenges.prove", proof={"note": NOTE})
        key = done["occurrence"]["key"]
        await made.ask(ben.client, "challenges.dispute", key=key, note=BENS)
    archive = await archive_of(couple.anna, desk)
    (challenge,) = rows_of(archive, "challenges")
    assert challenge["id"] == str(made.challenge_id)
    assert (challenge["stake_mode"], challenge["held_minor"]) == ("prepaid", 700)
    occurrences = {one["key"]: one for one in rows_of(archive, "challenge_occurrences")}
    assert occurrences[key]["status"] == "disputed"
    assert occurrences[key]["metadata"]["proof"]["note"] == NOTE
    (limits,) = rows_of(archive, "stake_limits")
    assert limits["adult_at"] is not None
    (wish,) = rows_of(archive, "reminder_wishes")
    assert wish["wishes"] == wishes
    (reminder,) = rows_of(archive, "reminders")
    assert reminder["user_challenge_id"] == str(made.challenge_id)
    assert rows_of(archive, "challenge_rulings") == []
    assert BENS.encode() not in b"".join(archive.read(name) for name in archive.namelist())
    (ruling,) = rows_of(await archive_of(couple.ben, desk), "challenge_rulings")
    assert (ruling["act"], ruling["note"]) == ("dispute", BENS)


async def test_both_forms_have_the_same_rows_and_the_index_names_them(
    couple: Couple, desk: Desk
) -> None:
    await live(couple)
    archive = await archive_of(couple.anna, desk)
    index = json.loads(archive.read("index.json"))
    named = {file["name"]: file for file in index["files"]}
    names = {f"{name}.{form}" for name in named for form in ("json", "csv")}
    assert set(archive.namelist()) == names | {"index.json", "README.txt"}
    for name, file in named.items():
        rows = rows_of(archive, name)
        table = list(csv.reader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))
        assert len(rows) == len(table) - 1 == file["rows"]
        assert table[0] == file["columns"] == list(rows[0] if rows else file["columns"])
    readme = archive.read("README.txt").decode()
    assert all(file["about"].split()[0] in readme for file in named.values())
    assert {"table": "credential", "columns": ["secret_hash"]}.items() <= next(
        left for left in index["left_out"] if left["table"] == "credential"
    ).items()


async def test_anna_hears_that_it_is_ready_on_her_phone_and_by_mail(
    couple: Couple, desk: Desk
) -> None:
    async with couple.phones() as (anna, _):
        await ask_for_export(couple.anna)
        await desk.work()
        arrived = await anna.hears("notifications.arrived")
    assert [item["title"] for item in arrived["items"]] == ["Your data is ready"]
    assert desk.subjects == [(couple.anna.email, "Your data is ready")]
    assert "before 9 March 2026" in str(desk.mail.taken[0])
