"""Anna is erased: her account rests, she may come back for two weeks, then nothing names her."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from backend.domains.privacy.limits import GRACE
from backend.persistence.database import fetch
from protocol.clients.python import Refused
from tests.domains.privacy.desk import ask, ask_for_export
from tests.domains.privacy.traces import traces_in_database
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read, unite
from tests.support.desk import Desk
from tests.support.node import Node
from tests.support.people import PASSWORD, Person, sign_up
from tests.support.servers import Servers


@dataclass(frozen=True)
class Life:
    """What Anna left behind, wherever there is room for a word; nobody else ever used these."""

    tag: str
    words: list[str | bytes]

    @property
    def name(self) -> str:
        """What she called herself."""
        return f"Annabelle {self.tag}"


async def live(couple: Couple) -> Life:
    """Have Anna live with Ben for two days."""
    tag = f"w{uuid4().hex[:12]}"
    life = Life(tag, [tag, couple.anna.email, _address_of(couple.anna)])
    async with couple.phones() as (anna, ben):
        await anna.do_alone(
            "identity.change_profile",
            name=life.name,
            nickname=f"A {tag}",
            phone=f"+49{int(tag[1:10], 16) % 10**12:012}",
            photo_url=f"https://photos.example.org/{tag}.jpg",
            relationship_preferences={"tea": tag},
            love_language_primary="quality_time",
        )
        await ben.sees("relationships.member_changed")
        await anna.check_in(gratitude_note=f"for {tag}")
        await ben.check_in(gratitude_note="Ben is grateful too")
        await anna.do("moods.log", mood=tag, mood_score=7, notes=f"shared {tag}")
        await ben.do("moods.log", mood="glad", mood_score=8, notes="Ben was glad")
        await anna.do_alone("moods.log_private", mood="blue", mood_score=3, notes=f"alone {tag}")
        await anna.do_alone(
            "notifications.change_preferences",
            preferences={"quiet_hours": {"begin": "22:00", "end": "07:00"}},
        )
        await ben.do("relationships.change", relationship_type="married")
    await couple.anna.clock.jump(days=1)
    await later(couple.anna, couple.ben, minutes=1)
    async with couple.phones() as (anna, ben):
        await anna.check_in(gratitude_note=f"kept from Ben {tag}", privacy_level="private")
        await ben.check_in()
    await _have_rows(couple.anna, tag)
    (account,) = await fetch(
        """SELECT c.secret_hash, u.phone FROM credential AS c JOIN "user" AS u ON u.id = c.user_id
           WHERE u.id = $1""",
        couple.anna.user_id,
    )
    life.words.extend([account["secret_hash"], account["phone"]])
    return life


def _address_of(anna: Person) -> bytes:
    """Hash the network address of somebody; all others in these tests share another one."""
    return hashlib.sha256(anna.email.encode()).digest()


async def _have_rows(anna: Person, tag: str) -> None:
    """Write what no test has a way to: another device, a link, a browser, what went astray."""
    now = anna.clock.now()
    await fetch(
        "UPDATE session SET device_name = $3, address_hash = $2 WHERE user_id = $1",
        anna.user_id,
        _address_of(anna),
        tag,
    )
    await fetch(
        """INSERT INTO push_subscription (id, user_id, kind, endpoint, endpoint_hash, p256dh, auth,
                                          created_at)
           VALUES (gen_random_uuid(), $1, 'web', $3, decode(md5($3), 'hex'), 'key', 'auth', $2)""",
        anna.user_id,
        now,
        f"https://push.example.net/{tag}",
    )
    await fetch(
        """INSERT INTO auth_token (id, purpose, email, user_id, token_hash, return_to,
                                   is_email_known, created_at, expires_at)
           VALUES (gen_random_uuid(), 'sign_in', upper($2), $1, decode(md5($2), 'hex'), '', true,
                   $3, $3)""",
        anna.user_id,
        anna.email,
        now,
    )
    await fetch(
        """INSERT INTO dead_letter (id, receiver, content, reason, sent_at, died_at, kind, tries)
           VALUES (gen_random_uuid(), 'identity.send_link', json_build_object('email', $1::text),
                   'it failed', $2, $2, 'job', 20)""",
        anna.email,
        now,
    )


async def ask_to_be_erased(person: Person, **more: Any) -> httpx.Response:
    return await ask(person, "POST", "/v1/me/erase", {"current_password": PASSWORD, **more})


async def erased(person: Person, desk: Desk, **more: Any) -> None:
    """Have somebody erased, from the wish to the end."""
    asked = await ask_to_be_erased(person, **more)
    assert asked.status_code == 202, asked.text
    await desk.work()
    await desk.advance(GRACE.total_seconds())
    await desk.run("begin_erasures")
    assert await state_of(person) == "done"


async def state_of(person: Person) -> str | None:
    rows = await fetch(
        "SELECT state FROM erasure WHERE user_id = $1 ORDER BY id DESC LIMIT 1", person.user_id
    )
    return rows[0]["state"] if rows else None


async def sign_in(person: Person, **more: Any) -> httpx.Response:
    body = {"email": person.email, "password": PASSWORD, **more}
    return await ask(
        Person(person.node, person.clock, person.user_id, person.email, ""),
        "POST",
        "/v1/auth/sign-in",
        body,
    )


async def test_nothing_names_her_any_more_wherever_it_stood(
    couple: Couple, desk: Desk, servers: Servers, node: Node, clock: FakeClock
) -> None:
    await ask_for_export(couple.anna)
    await desk.work()
    life = await live(couple)
    carl, dora = await sign_up(node, clock, "Carl"), await sign_up(node, clock, "Dora")
    await invite(couple.anna, carl.email)  # who never answers,
    await invite(couple.anna, "nobody@example.org")  # and who does not exist;
    await invite(dora, couple.anna.email)  # and one to her, which she does not answer.
    there = await traces_in_database(servers, life.words)
    assert {line.partition(":")[0].rstrip("_0123456789") for line in there} > {
        "user",
        "session",
        "mood_log",
        "daily_checkin",
        "event",
        "outcome",
        "invitation",
        "notification",
        "dead_letter",
        "push_subscription",
        "auth_token",
        "credential",
    }
    await erased(couple.anna, desk)
    assert await traces_in_database(servers, life.words) == []
    for person in (couple.ben, carl, dora):
        await later(person, minutes=1)
    inbox = (await read(carl, "/v1/notifications")).json()
    assert (inbox["items"], inbox["unread"]) == ([], 0)
    sent = (await read(dora, "/v1/invitations")).json()["sent"]
    assert sent == []


async def invite(person: Person, email: str) -> UUID:
    async with person.phone() as phone:
        opened = await phone.ask({"type": "invitations.open", "email": email})
    return UUID(opened["relationship_id"])


async def test_ben_keeps_what_is_his_and_his_phone_comes_back_to_it(
    couple: Couple, desk: Desk
) -> None:
    life = await live(couple)
    async with couple.ben.phone() as phone:
        before = (await phone.join(couple.ben.address).ready()).pos
    bens = await rows_of_ben(couple.ben)
    assert len(bens) == 3
    await erased(couple.anna, desk)
    assert await rows_of_ben(couple.ben) == bens
    await later(couple.ben, minutes=1)
    async with couple.ben.phone() as phone:
        mine = await phone.join(couple.ben.address).ready()
        assert mine.snapshot is not None
        state = mine.snapshot.state
        assert state["relationships"]["relationships"] == []
        assert state["inbox"] == {"unread": 0, "latest": []}
        assert state["wallet"]["balances"][0]["available_minor"] == 11
        with pytest.raises(Refused, match="not_found"):
            await phone.join(couple.address).ready()
        assert str(before) != str(mine.pos)
    assert life.tag not in str(state)
    notes = [mood["notes"] for mood in (await read(couple.ben, "/v1/moods")).json()["items"]]
    assert notes == ["Ben was glad"]
    assert (
        await read(couple.ben, f"/v1/relationships/{couple.relationship_id}")
    ).status_code == 404
    assert (await read(couple.ben, "/v1/wallets/coin/entries")).status_code == 200


async def rows_of_ben(ben: Person) -> list[dict[str, Any]]:
    rows = await fetch(
        """SELECT id, local_day, gratitude_note FROM daily_checkin WHERE user_id = $1
           UNION ALL SELECT id, local_day, notes FROM mood_log WHERE user_id = $1 ORDER BY id""",
        ben.user_id,
    )
    return [dict(row) for row in rows]


async def test_a_phone_of_bens_that_was_away_resumes_without_a_word_of_her(
    couple: Couple, desk: Desk, node: Node, clock: FakeClock
) -> None:
    """He was offline since before she wrote; what he is told then must not name her either."""
    async with couple.ben.phone() as phone:
        away_since = (await phone.join(couple.ben.address).ready()).pos
    life = await live(couple)
    await erased(couple.anna, desk)
    await later(couple.ben, minutes=1)
    async with raw(node, clock) as back:
        await back.hello(couple.ben.token, resume={couple.ben.address: away_since})
        snapshot = await back.next("snapshot", topic=couple.ben.address)
        await back.next("joined", topic=couple.ben.address)
        assert await back.said("push") == []
    assert life.tag not in str(snapshot)


async def test_whoever_she_blocked_or_who_blocked_her_is_left_in_peace(
    couple: Couple, desk: Desk, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    other = Couple(couple.anna, carl, await unite(couple.anna, carl))
    async with couple.phones() as (_, ben):
        await ben.do("relationships.block")
    async with other.phones() as (anna, _):
        await anna.do("relationships.block")
    await erased(couple.anna, desk)
    await later(couple.ben, minutes=1)
    blocked = (await read(couple.ben, "/v1/blocks")).json()
    assert blocked == [{"user_id": str(couple.anna.user_id), "name": "somebody who has left"}]
    rows = await fetch("SELECT 1 FROM block WHERE user_id = $1", couple.anna.user_id)
    assert rows == []


async def test_her_address_is_free_for_a_new_account_which_is_another(
    couple: Couple, desk: Desk
) -> None:
    await erased(couple.anna, desk)
    gone = await sign_in(couple.anna, reactivate=True)
    assert gone.json()["code"] == "identity.wrong_credentials"
    body = {"email": couple.anna.email, "password": PASSWORD, "name": "Anna"}
    nobody = Person(couple.anna.node, couple.anna.clock, couple.anna.user_id, "", "")
    again = await ask(nobody, "POST", "/v1/auth/sign-up", body)
    assert again.status_code == 201
    assert again.json()["user"]["id"] != str(couple.anna.user_id)


async def test_her_account_rests_at_once_and_a_letter_says_until_when(
    couple: Couple, desk: Desk
) -> None:
    asked = await ask_to_be_erased(couple.anna)
    assert asked.json() == {"due_at": "2026-03-16T09:00:00Z"}
    assert (await read(couple.anna, "/v1/me")).status_code == 401
    resting = await sign_in(couple.anna)
    assert resting.json()["code"] == "identity.account_resting"
    await desk.work()
    assert desk.subjects == [(couple.anna.email, "Your account will be erased")]
    assert "16 March 2026" in str(desk.mail.taken[0])


async def test_who_comes_back_in_time_finds_everything_as_it_was(
    couple: Couple, desk: Desk
) -> None:
    await live(couple)
    before = await rows_of_ben(couple.anna)
    await ask_to_be_erased(couple.anna)
    await desk.work()
    await desk.advance(GRACE.total_seconds() - 60)
    await desk.run("begin_erasures")
    back = await sign_in(couple.anna, reactivate=True)
    assert back.status_code == 200, back.text
    assert await state_of(couple.anna) == "called_off"
    couple.anna.token = back.json()["access_token"]
    await desk.advance(120)
    await desk.run("begin_erasures")
    await later(couple.anna, couple.ben, minutes=1)
    assert await rows_of_ben(couple.anna) == before
    async with couple.phones() as (anna, ben):
        await anna.do("moods.log", mood="glad", mood_score=9)
        assert (await ben.sees("moods.logged"))["mood"] == "glad"
    assert (await ask_to_be_erased(couple.anna)).status_code == 202


async def test_who_comes_back_too_late_is_told_so(couple: Couple, desk: Desk) -> None:
    await ask_to_be_erased(couple.anna)
    await desk.advance(GRACE.total_seconds())
    await fetch("UPDATE erasure SET state = 'parting' WHERE user_id = $1", couple.anna.user_id)
    late = await sign_in(couple.anna, reactivate=True)
    assert (late.status_code, late.json()["code"]) == (410, "privacy.being_erased")
    rows = await fetch('SELECT is_active FROM "user" WHERE id = $1', couple.anna.user_id)
    assert rows[0]["is_active"] is False
    await fetch("UPDATE erasure SET state = 'waiting' WHERE user_id = $1", couple.anna.user_id)
    await desk.run("begin_erasures")
    assert await state_of(couple.anna) == "done"
