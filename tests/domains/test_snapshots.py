"""Whatever people write and however much they have, a snapshot stays within its limit.

Each Part that shows something is filled to its limits, by the doors that fill it, with the
characters that take most room where they are let in.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import structlog

from actors.kind import ActorKind
from actors.part import Part
from actors.principal import SYSTEM, Principal
from actors.repertoire import Repertoire
from backend import rooms
from backend.access import RoomAccess
from backend.domains.announcements.shown import LATEST_SHOWN_MAX as ANNOUNCEMENTS_SHOWN_MAX
from backend.domains.challenges.schedule import DATES_MAX
from backend.domains.challenges.shown import SHOWN_MAX as CHALLENGES_SHOWN_MAX
from backend.domains.checkins.messages import GRATITUDE_NOTE_MAX
from backend.domains.identity.messages import PREFERENCES_BYTES_MAX
from backend.domains.journal.shown import LATEST_SHOWN_MAX as MOODS_SHOWN_MAX
from backend.domains.ledger.accounts import Asset
from backend.domains.notifications.messages import MUTED_MAX
from backend.domains.notifications.store import SHOWN_MAX as NOTIFICATIONS_SHOWN_MAX
from backend.domains.relationships.rules import RELATIONSHIPS_MAX
from backend.domains.relationships.shown import INVITATIONS_SHOWN_MAX
from protocol.address import Address
from protocol.codec import JsonCodec
from protocol.common import Invalid
from protocol.limits import SNAPSHOT_BYTES_MAX, TEXT_MAX
from protocol.messages import Role
from protocol.vocabulary import Vocabulary
from tests.support.clock import BEGINNING, FakeClock
from tests.support.couple import become_a_couple, later, new_code, snapshot_of
from tests.support.node import Node
from tests.support.people import Person, sign_up, with_phones
from tests.support.promises import SLUG, have_template, promise, with_partner
from tests.support.servers import Servers
from tests.support.verify import until_quiet

FILLED = {
    "announcements": {"announcements"},
    "challenge": {"challenge"},
    "relationship": {"check_ins", "membership", "moods"},
    "user": {
        "challenges",
        "inbox",
        "notification_preferences",
        "profile",
        "relationships",
        "stakes",
        "wallet",
    },
}
WIDE = "\N{GRINNING FACE}"
"""Four bytes: the most a character takes where control characters are refused."""
ESCAPED = "\x01"
"""Six bytes as JSON: the most any character takes."""
WORD = "a" * 40
PROFILE = {
    "name": WIDE * 80,
    "nickname": WIDE * 40,
    "phone": "+491701234567890",
    "photo_url": "https://" + "x" * 492,
    "locale": "de-" + "-".join(["Abcdefgh"] * 3) + "-abcd",
    "love_language_primary": "words_of_affirmation",
    "love_language_secondary": "words_of_affirmation",
}
AGREED = {
    "relationship_type": WORD,
    "start_date": "2020-01-01",
    "anniversary_date": "2020-01-01",
    "privacy_level": "scores_only",
}
SCORES = {"connection_score": 10, "mood_score": 10, "relationship_satisfaction": 10}
LONGEST_ZONES = ("America/Argentina/ComodRivadavia", "America/Argentina/Buenos_Aires")
_FILL_INBOX = """
INSERT INTO notification (id, user_id, relationship_id, notification_type, title, message, priority,
                          created_at, read_at)
SELECT gen_random_uuid(), $1, gen_random_uuid(), repeat('a', 60), repeat(chr(1), 200),
       repeat(chr(1), 1000), 'normal', at, at
FROM generate_series(1, 20), CAST($2::timestamptz + interval '1 microsecond' AS timestamptz) AS at
"""


_FILL_CHALLENGES = """
INSERT INTO user_challenge (id, user_id, template_slug, template_version, title, status, settings,
                            state, proof, start_date, terms, terms_from, held_minor, dispute_hours,
                            created_at, updated_at)
SELECT gen_random_uuid(), $1, $2, 1, repeat($3, 120), 'running', '{}', '{"tally": {}}', 'note',
       at::date, '{}', at::date, 0, 24, at, at
FROM generate_series(1, $4::int), CAST($5::timestamptz AS timestamptz) AS at
"""


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands between two seconds, so that moments are as long as they get."""
    return FakeClock(BEGINNING + timedelta(microseconds=123_456))


def test_every_part_that_shows_something_is_filled_here() -> None:
    shown = {
        kind: {part.name for part in role.parts if part.snapshot is not None}
        for kind, role in Repertoire.of(rooms.modules("actor")).roles.items()
    }
    assert {kind: parts for kind, parts in shown.items() if parts} == FILLED


@pytest.mark.parametrize(
    "do",
    [
        {"type": "identity.change_profile", "name": ESCAPED},
        {"type": "identity.change_profile", "nickname": ESCAPED},
        {"type": "identity.change_profile", "photo_url": f"https://{WIDE}"},
        {"type": "announcements.publish", "message": f"Hello {ESCAPED}"},
        {"type": "checkins.submit", **SCORES, "gratitude_note": f"Soup {ESCAPED}"},
        {"type": "moods.log", "mood": f"calm {ESCAPED}", "mood_score": 7},
        {"type": "moods.log", "mood": "calm", "mood_score": 7, "notes": f"Rain {ESCAPED}"},
        {"type": "invitations.open", "email": f"{ESCAPED}@example.org"},
        {"type": "invitations.open", "email": f"{WIDE}@example.org"},
        {"type": "invitations.open", "email": f"anna@{ESCAPED}.org"},
        {"type": "invitations.open", "email": f"anna@example.{ESCAPED}"},
    ],
    ids=str,
)
def test_where_less_than_the_widest_is_filled_in_more_is_refused(do: dict[str, Any]) -> None:
    codec = JsonCodec(Vocabulary.of(rooms.modules("messages")))
    with pytest.raises(Invalid):
        codec.decode_ask(msgspec.Raw(msgspec.json.encode(do)))


def size_of(state: dict[str, Any]) -> dict[str, int]:
    """Say how large each Part is."""
    return {name: len(msgspec.json.encode(part)) for name, part in state.items()}


def assert_it_fits(state: dict[str, Any], kind: str) -> None:
    assert set(state) == FILLED[kind]
    assert len(msgspec.json.encode(state)) <= SNAPSHOT_BYTES_MAX, size_of(state)


async def test_announcements_stay_small(node: Node, clock: FakeClock) -> None:
    root = await sign_up(node, clock, "Root", role=Role.ADMIN)
    async with with_phones(root) as [phone]:
        for _ in range(ANNOUNCEMENTS_SHOWN_MAX + 1):
            say = {"type": "announcements.publish", "message": WIDE * TEXT_MAX}
            await phone.ask(say, to="announcements")
    state = await snapshot_of(root, "announcements")
    assert len(state["announcements"]["latest"]) == ANNOUNCEMENTS_SHOWN_MAX
    assert_it_fits(state, "announcements")


async def test_what_two_people_share_stays_small(node: Node, clock: FakeClock) -> None:
    couple = await become_a_couple(node, clock)
    for _ in range(2):
        async with couple.phones() as (anna, ben):
            for phone in (anna, ben):
                await phone.do_alone("identity.change_profile", **PROFILE)
                for _ in range(MOODS_SHOWN_MAX):
                    notes = WIDE * TEXT_MAX
                    await phone.do("moods.log", mood=WIDE * 64, mood_score=10, notes=notes)
                done = await phone.check_in(gratitude_note=WIDE * GRATITUDE_NOTE_MAX)
                check_in_id = done["check_in"]["check_in_id"]
                again = {**SCORES, "gratitude_note": WIDE * GRATITUDE_NOTE_MAX}
                await phone.do("checkins.amend", check_in_id=check_in_id, **again)
            agreed = {**AGREED, "privacy_level": "open"}
            await anna.do("relationships.change", **agreed)
        await until_quiet(node)
        await later(couple.anna, couple.ben, days=1)
    state = await snapshot_of(couple.anna, couple.address)
    assert len(state["moods"]["latest"]) == MOODS_SHOWN_MAX
    assert len(state["check_ins"]["recent"]) == 4
    assert_it_fits(state, "relationship")


async def test_what_is_promised_stays_small(node: Node, clock: FakeClock) -> None:
    couple = await become_a_couple(node, clock)
    await have_template(clock)
    async with couple.phones() as (anna, ben):
        for phone in (anna, ben):
            await phone.do_alone("identity.change_profile", **PROFILE)
        days = [str(BEGINNING.date() + timedelta(days=day)) for day in range(DATES_MAX)]
        promised = await promise(
            couple,
            anna,
            title=WIDE * 120,
            schedule={"type": "dates", "dates": days},
            last_day=days[-1],
            **with_partner(couple),
        )
    state = await snapshot_of(couple.anna, promised.topic)
    assert state["challenge"]["occurrences"]
    assert_it_fits(state, "challenge")


async def guests(node: Node, clock: FakeClock, count: int) -> list[Person]:
    """Have people with the longest names and time zones sign up."""
    people = []
    for place in range(count):
        guest = await sign_up(node, clock, f"Guest{place}", time_zone=LONGEST_ZONES[0])
        async with with_phones(guest) as [phone]:
            await phone.ask({"type": "identity.change_profile", "name": WIDE * 80})
        people.append(guest)
    return people


async def invite(person: Person, **how: Any) -> dict[str, Any]:
    """Have somebody invite somebody."""
    async with with_phones(person) as [phone]:
        opened: dict[str, Any] = await phone.ask({"type": "invitations.open", **AGREED, **how})
    return opened


def preferences() -> dict[str, str]:
    """Prefer as much as one may."""
    found: dict[str, str] = {}
    while len(msgspec.json.encode(found)) <= PREFERENCES_BYTES_MAX:
        found[str(len(found))] = ESCAPED * 40
    found.popitem()
    return found


async def fill_relationships(node: Node, clock: FakeClock, anna: Person) -> None:
    """Have somebody send, receive and accept as many invitations as one may.

    What was sent has lapsed before anything is accepted, so that it takes no room then.
    """
    for place in range(RELATIONSHIPS_MAX):
        local, domain = f"{place:0>64}", f"{WIDE * 187}.{WIDE}"
        await invite(anna, email=f"{local}@{domain}")
    await later(anna, days=15)
    async with with_phones(anna) as [phone]:
        for guest in await guests(node, clock, RELATIONSHIPS_MAX):
            code = new_code()
            opened = await invite(guest, code=code)
            accept = {"type": "invitations.accept", "relationship_id": opened["relationship_id"]}
            await phone.ask(accept | {"code": code})
    for guest in await guests(node, clock, INVITATIONS_SHOWN_MAX + 1):
        await invite(guest, email=anna.email)


async def test_what_is_ones_own_stays_small(node: Node, clock: FakeClock, servers: Servers) -> None:
    anna = await sign_up(node, clock, "Anna", time_zone=LONGEST_ZONES[0])
    await fill_relationships(node, clock, anna)
    async with with_phones(anna) as [phone]:
        wanted = {"time_zone": LONGEST_ZONES[1], "relationship_preferences": preferences()}
        await phone.ask({"type": "identity.change_profile", **PROFILE, **wanted})
        muted = [{"notification_type": f"{WORD}{n:a>20}"} for n in range(MUTED_MAX)]
        night = {"begin": "22:00", "end": "07:00"}
        chosen = {"lock_screen": "nothing", "quiet_hours": night, "muted": muted}
        await phone.ask({"type": "notifications.change_preferences", "preferences": chosen})
        await phone.ask({"type": "stakes.state_adult", "is_adult": True})
        for amount_minor in (10**9 - 1, 10**9):
            limits = dict.fromkeys(("each_minor", "challenge_minor", "open_minor"), amount_minor)
            wanted = dict.fromkeys(("usd", "usdc"), limits)
            await phone.ask({"type": "stakes.set_limits", "limits": wanted})
    await have_template(clock)
    await until_quiet(node)
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute(_FILL_INBOX, anna.user_id, clock.now())
    many = CHALLENGES_SHOWN_MAX + 1
    await owner.execute(_FILL_CHALLENGES, anna.user_id, SLUG, WIDE, many, clock.now())
    await owner.close()

    state = await snapshot_of(anna, anna.address)

    ours = state["relationships"]
    assert len(state["challenges"]["running"]) == CHALLENGES_SHOWN_MAX
    assert len(ours["relationships"]) == RELATIONSHIPS_MAX
    assert len(ours["sent"]) == len(ours["received"]) == INVITATIONS_SHOWN_MAX
    assert len(state["inbox"]["latest"]) == NOTIFICATIONS_SHOWN_MAX
    assert all(one["message"].endswith("…") for one in state["inbox"]["latest"])
    state["wallet"]["balances"] = [
        {"asset": asset, "available_minor": 2**63, "held_minor": 2**63, "version": 2**63}
        for asset in Asset
    ]
    assert_it_fits(state, "user")


class Wall(msgspec.Struct, frozen=True):
    """Something with no limit."""

    written: str = ""


async def test_one_that_is_too_large_is_shown_all_the_same_and_told_of() -> None:
    async def load(_keys: Sequence[UUID]) -> Mapping[UUID, Wall]:
        return {}

    async def show(_key: UUID, _reader: Principal) -> Wall:
        return Wall("x" * length)

    walls = ActorKind("walls", keyed=False)
    access = RoomAccess(
        Repertoire([Part("wall", of=walls, empty=Wall(), load=load, snapshot=show)])
    )
    length = SNAPSHOT_BYTES_MAX - len('{"wall":{"written":""}}')
    with structlog.testing.capture_logs() as said:
        await access.snapshot(Address("walls"), SYSTEM)
        assert said == []
        length += 1
        shown = await access.snapshot(Address("walls"), SYSTEM)
    assert shown == {"wall": {"written": "x" * length}}
    (line,) = said
    assert (line["log_level"], line["kind"]) == ("error", "walls")
    assert line["bytes_now"] == SNAPSHOT_BYTES_MAX + 1
    assert list(line["parts"]) == ["wall"]
