"""The profile: changed by commands, kept, and never with a day that is lived twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from actors.alone import AllHere
from actors.letter import TellLetter
from actors.outcome import Outcome
from actors.principal import Principal
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from backend.domains.identity import Profile, ProfileChanged, actor, day_of, messages, rules, store
from backend.domains.identity.messages import (
    PREFERENCES_BYTES_MAX,
    ChangeProfile,
    PreferencesTooLong,
    UnknownTimeZone,
)
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database, fetch
from backend.persistence.session import open_session
from backend.persistence.store import ActorStore
from backend.persistence.tells import TellReader
from protocol.address import Address, users_address
from protocol.codec import JsonCodec
from protocol.common import Invalid
from protocol.ids import uuid7
from protocol.vocabulary import Vocabulary
from tests.domains.identity.door import Door
from tests.support.engine import Published
from tests.support.servers import Servers

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANNA = UUID("0193a5e0-0000-7000-8000-000000000001")
VOCABULARY = Vocabulary.of([messages])


def changed(profile: Profile, command: ChangeProfile, *, at: datetime = NOON) -> Profile:
    return rules.change(profile, command, by=ANNA, now=at).profile


def to_zone(time_zone: str) -> ChangeProfile:
    return ChangeProfile(time_zone=time_zone)


anna = Profile(name="Anna", nickname="Änni", phone="+491701234567", time_zone="Europe/Berlin")


def test_what_is_left_out_stays_and_null_takes_away() -> None:
    after = changed(anna, ChangeProfile(nickname=None, locale="de"))
    assert after == msgspec.structs.replace(anna, nickname=None, locale="de")


def test_text_is_taken_without_the_space_around_it() -> None:
    assert changed(anna, ChangeProfile(name="  Anna B. ")).name == "Anna B."


def test_another_zone_counts_from_the_next_local_day() -> None:
    # It is the evening of the 21st in Los Angeles and the 22nd already in Tokyo.
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    moved = changed(Profile(time_zone="America/Los_Angeles"), to_zone("Asia/Tokyo"), at=at)
    assert moved.time_zone_from == date(2026, 11, 23)
    assert day_of(moved, at) == date(2026, 11, 21)
    assert day_of(moved, at + timedelta(hours=5)) == date(2026, 11, 22)
    assert day_of(moved, at + timedelta(hours=11)) == date(2026, 11, 23)


def test_westwards_the_day_lasts_until_the_new_clock_ends_it() -> None:
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    moved = changed(Profile(time_zone="Asia/Tokyo"), to_zone("America/Los_Angeles"), at=at)
    assert moved.time_zone_from == date(2026, 11, 22)
    assert day_of(moved, at + timedelta(hours=4)) == date(2026, 11, 21)
    assert day_of(moved, at + timedelta(hours=20)) == date(2026, 11, 22)


def test_going_back_before_it_counts_undoes_it() -> None:
    there = changed(anna, to_zone("Asia/Tokyo"))
    assert changed(there, to_zone("Europe/Berlin")) == anna


def test_a_second_change_on_one_day_starts_from_the_same_clock() -> None:
    there = changed(anna, to_zone("Asia/Tokyo"))
    on = changed(there, to_zone("America/New_York"), at=NOON + timedelta(hours=1))
    assert on.time_zone_before == "Europe/Berlin"
    later = changed(there, to_zone("America/New_York"), at=NOON + timedelta(days=2))
    assert later.time_zone_before == "Asia/Tokyo"


def test_the_same_zone_again_changes_nothing() -> None:
    there = changed(anna, to_zone("Asia/Tokyo"))
    assert changed(there, to_zone("Asia/Tokyo"), at=NOON + timedelta(hours=1)) == there


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Factory"])
def test_a_zone_must_exist(zone: str) -> None:
    with pytest.raises(UnknownTimeZone, match=zone):
        changed(anna, to_zone(zone))


ZONES = st.sampled_from(
    (
        "UTC",
        "Europe/Berlin",
        "Africa/Casablanca",
        "America/Los_Angeles",
        "America/St_Johns",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Pacific/Kiritimati",
        "Pacific/Niue",
    )
)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
    first=ZONES,
    moves=st.lists(st.tuples(st.integers(0, 4 * 96), ZONES), max_size=6),
)
def test_days_never_go_back_however_one_travels(
    start: datetime, first: str, moves: list[tuple[int, str]]
) -> None:
    now = start.replace(tzinfo=UTC)
    profile = Profile(time_zone=first)
    day = day_of(profile, now)
    for quarters, zone in moves:
        for _ in range(quarters):
            now += timedelta(minutes=15)
            assert day_of(profile, now) >= day
            day = day_of(profile, now)
        moved = changed(profile, to_zone(zone), at=now)
        if "Pacific/Niue" not in {profile.time_zone_before, profile.time_zone, zone}:
            assert day_of(moved, now) == day, "a change of zone changes no day that has begun"
        # Between clocks a day or more apart a day may be skipped, as on the calendar.
        assert day_of(moved, now) >= day
        profile, day = moved, day_of(moved, now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": ""},
        {"nickname": "x" * 41},
        {"phone": "0170 1234567"},
        {"photo_url": "javascript:alert(1)"},
        {"photo_url": "http://example.org/anna.jpg"},
        {"photo_url": "https://example.org/\x01.jpg"},
        {"locale": "de_DE!"},
        {"love_language_primary": "chocolate"},
        {"relationship_preferences": {str(n): n for n in range(33)}},
        {"relationship_preferences": {"a": {"deep": 1}}},
        {"relationship_preferences": {"a": "x" * 201}},
        {"relationship_preferences": {"a": 2**70}},
        {"name": "nul\0"},
    ],
    ids=str,
)
def test_bad_fields_are_refused_by_name(wrong: dict[str, Any]) -> None:
    do = msgspec.json.encode({"type": "identity.change_profile", **wrong})
    with pytest.raises(Invalid, match=next(iter(wrong))):
        JsonCodec(VOCABULARY).decode_ask(msgspec.Raw(do))


def test_a_profile_at_its_limits_is_small() -> None:
    full = Profile(
        name="ä" * 80,
        nickname="ä" * 40,
        phone="+491701234567890",
        photo_url="https://" + "x" * 492,
        relationship_preferences={f"{n:0>40}": "ä" * 10 for n in range(31)},
    )
    do = {"type": "identity.change_profile", **msgspec.to_builtins(full)}
    for kept in ("time_zone_before", "time_zone_from"):
        del do[kept]
    JsonCodec(VOCABULARY).decode_ask(msgspec.Raw(msgspec.json.encode(do)))
    assert len(msgspec.json.encode(full)) < 4 * 1024


def test_preferences_have_a_size() -> None:
    at_most: dict[str, str | bool | int] = {f"wish {n}": "x" * 200 for n in range(9)}
    room = PREFERENCES_BYTES_MAX - len(msgspec.json.encode(at_most | {"last": ""}))
    for length, is_allowed in ((room, True), (room + 1, False)):
        wish = ChangeProfile(relationship_preferences=at_most | {"last": "x" * length})
        if is_allowed:
            assert changed(anna, wish).relationship_preferences["last"] == "x" * length
            continue
        with pytest.raises(PreferencesTooLong) as refused:
            changed(anna, wish)
        assert refused.value.refused().facts == {
            "bytes_now": PREFERENCES_BYTES_MAX + 1,
            "bytes_max": PREFERENCES_BYTES_MAX,
        }


class Actors:
    """Real actors on the real database, with this room's Part alone."""

    def __init__(self, database: Database, door: Door) -> None:
        self.clock = door.clock
        node_id = uuid7()
        self.node_id = node_id
        self.committer = GroupCommitter(
            partial(open_session, database, door.clock),
            node_id,
            clock=door.clock,
            post=self._post,
            relay_jobs=lambda _jobs: None,
        )
        self.system = System(
            Repertoire.of([actor]),
            store=ActorStore(TellReader(VOCABULARY)),
            committer=self.committer,
            fanout=Published(),
            placement=AllHere(),
            clock=door.clock,
        )

    def _post(self, address: Address, letter: TellLetter) -> None:
        self.system.post(address, letter)

    async def change(self, of: UUID, command: ChangeProfile, by: UUID | None = None) -> Outcome:
        """Ask a person's actor to change their profile."""
        ref = Ref(self.system, users_address(of))
        command_id = uuid7(int(self.clock.now().timestamp() * 1000))
        return await ref.ask(command, Principal(by or of), id=command_id, timeout_s=10)

    def state_of(self, user_id: UUID) -> Profile:
        """Look at the state an actor remembers."""
        state: Profile = self.system.actors[users_address(user_id)].states[actor.profile]
        return state


@pytest_asyncio.fixture
async def actors(servers: Servers, door: Door) -> AsyncIterator[Actors]:
    actors = Actors(Database(servers.urls.app), door)
    await fetch("UPDATE shard SET owner = $1", actors.node_id)
    await actors.committer.start()
    yield actors
    await actors.system.stop()
    await actors.committer.close()


async def test_a_change_is_answered_kept_and_remembered(actors: Actors, door: Door) -> None:
    told = await door.sign_up(time_zone="Europe/Berlin")
    anna = UUID(told["user"]["id"])
    preferences: dict[str, str | bool | int] = {
        "date_night": "friday",
        "surprises": True,
        "budget": 50,
    }

    wish = ChangeProfile(
        nickname="Änni",
        time_zone="Asia/Tokyo",
        love_language_primary=messages.LoveLanguage.QUALITY_TIME,
        relationship_preferences=preferences,
    )
    outcome = await actors.change(anna, wish)

    assert outcome.granted, outcome.body
    answer = msgspec.json.decode(outcome.body, type=ProfileChanged)
    assert answer.user_id == anna
    assert answer.profile.nickname == "Änni"
    assert answer.profile.time_zone_before == "Europe/Berlin"
    assert actors.state_of(anna) == answer.profile
    assert (await store.load_profiles([anna]))[anna] == answer.profile
    assert await store.show_profile(anna, Principal(anna)) == answer.profile
    me = (await door.ask("GET", "/v1/me", token=told["access_token"])).json()
    assert msgspec.convert(me["profile"], Profile, strict=False) == answer.profile


async def test_of_changes_in_one_turn_each_has_its_part(actors: Actors, door: Door) -> None:
    told = await door.sign_up()
    anna = UUID(told["user"]["id"])
    outcomes = await asyncio.gather(
        actors.change(anna, ChangeProfile(name="Anna B.")),
        actors.change(anna, to_zone("Mars/Olympus")),
        actors.change(anna, ChangeProfile(nickname="Anni")),
    )
    assert [outcome.granted for outcome in outcomes] == [True, False, True]
    kept = (await store.load_profiles([anna]))[anna]
    assert (kept.name, kept.nickname, kept.time_zone) == ("Anna B.", "Anni", "UTC")
    assert actors.state_of(anna) == kept


async def test_nobody_changes_anothers_profile(actors: Actors, door: Door) -> None:
    anna = UUID((await door.sign_up())["user"]["id"])
    ben = UUID((await door.sign_up("ben@example.org"))["user"]["id"])
    outcome = await actors.change(anna, ChangeProfile(name="Ben was here"), by=ben)
    assert not outcome.granted
    assert msgspec.json.decode(outcome.body)["code"] == "not_found"
