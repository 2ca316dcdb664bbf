"""What is allowed and what follows, of profiles, passwords and sessions; pure."""

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET

from actors.days import local_day, own_day
from backend.domains.identity.messages import (
    PREFERENCES_BYTES_MAX,
    ChangeProfile,
    Preferences,
    PreferencesTooLong,
    Profile,
    ProfileChanged,
    UnknownTimeZone,
    WeakPassword,
)
from backend.domains.identity.settings import IdentitySettings

# "Factory" stands for a machine whose zone nobody has set; browsers do not know it.
_TIME_ZONES = frozenset(available_timezones() - {"Factory"})
_COMMON = """
00000000 11111111 12341234 12345678 123456789 1234567890 123123123 87654321 987654321
1q2w3e4r 1qaz2wsx 1234qwer abc12345 abcd1234 admin123 asdfasdf asdfghjkl baseball basketball
changeme computer dragon123 football iloveyou iloveyou1 internet jennifer letmein1 liverpool
michelle monkey123 p@ssw0rd password password1 password12 password123 princess q1w2e3r4
qwer1234 qwerty12 qwerty123 qwertyui qwertyuiop starwars sunshine superman trustno1 victoria
welcome1 whatever zxcvbnm1 zaq12wsx
"""
_GUESSED_FIRST = frozenset(_COMMON.split())
_DISTINCT_MIN = 3


def check_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone. Raises UnknownTimeZone."""
    if name not in _TIME_ZONES:
        raise UnknownTimeZone(time_zone=name)


def check_password(password: str, email: str) -> None:
    """Refuse what guessers try first; how it is composed is nobody's business (NIST SP 800-63B).

    Raises WeakPassword.
    """
    lower = password.lower()
    if lower in _GUESSED_FIRST:
        raise WeakPassword(why="it is one of the most common")
    if len(set(lower)) < _DISTINCT_MIN:
        raise WeakPassword(why="it repeats itself")
    if lower in (email.lower(), email.lower().partition("@")[0]):
        raise WeakPassword(why="it is your e-mail address")


def day_of(profile: Profile, at: datetime) -> date:
    """Say which day it is for somebody; a change of zone counts from the next local day."""
    return own_day(at, profile.time_zone, profile.time_zone_before, profile.time_zone_from)


def change(profile: Profile, command: ChangeProfile, *, by: UUID, now: datetime) -> ProfileChanged:
    """Change what the command names. Raises UnknownTimeZone, PreferencesTooLong."""
    wanted: dict[str, Any] = {
        name: _stripped(value)
        for name in command.__struct_fields__
        if (value := getattr(command, name)) is not UNSET
    }
    time_zone = wanted.pop("time_zone", profile.time_zone)
    changed = msgspec.structs.replace(profile, **wanted)
    if command.relationship_preferences is not UNSET:
        _check_size(command.relationship_preferences)
    return ProfileChanged(user_id=by, profile=_in_zone(changed, time_zone, now))


def _check_size(preferences: Preferences) -> None:
    bytes_now = len(msgspec.json.encode(preferences))
    if bytes_now > PREFERENCES_BYTES_MAX:
        raise PreferencesTooLong(bytes_now=bytes_now, bytes_max=PREFERENCES_BYTES_MAX)


def _stripped(value: object) -> object:
    return value.strip() if type(value) is str else value


def _in_zone(profile: Profile, time_zone: str, now: datetime) -> Profile:
    if time_zone == profile.time_zone:
        return profile
    check_time_zone(time_zone)
    before = _clock_of_today(profile, now)
    if before == time_zone:
        return msgspec.structs.replace(
            profile, time_zone=time_zone, time_zone_before=None, time_zone_from=None
        )
    # The day after whichever of the two is ahead, so that it has begun by neither.
    first_day = max(day_of(profile, now), local_day(now, time_zone)) + timedelta(days=1)
    return msgspec.structs.replace(
        profile, time_zone=time_zone, time_zone_before=before, time_zone_from=first_day
    )


def _clock_of_today(profile: Profile, now: datetime) -> str:
    """Say which clock shows the day somebody lives; while they change it they have two."""
    before, first_day = profile.time_zone_before, profile.time_zone_from
    shown = local_day(now, profile.time_zone)
    if before is None or first_day is None or shown >= first_day:
        return profile.time_zone
    today = day_of(profile, now)
    # The former clock may have run past the eve of the change already.
    return profile.time_zone if local_day(now, before) > today == shown else before


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token that was shown, and what became of it and of its session."""

    token_id: UUID
    session_id: UUID
    user_id: UUID
    is_active: bool
    """Whether the person's account is."""
    issued_expires_at: datetime
    created_at: datetime
    """When the session began."""
    session_expires_at: datetime
    revoked_at: datetime | None
    rotated_at: datetime | None
    successor_salt: bytes | None
    successor_rotated_at: datetime | None
    access_hash: bytes
    access_expires_at: datetime
    access_used_at: datetime | None


class Verdict(Enum):
    """What to do with a refresh token that was shown."""

    ROTATE = "rotate"
    """It is the current one: exchange it."""
    REPEAT = "repeat"
    """It was exchanged just now: give the same answer again."""
    REUSED = "reused"
    """Two hold it, and one is a thief: end the session."""
    REFUSE = "refuse"
    """It has ended by itself."""


def judge(family: Family, now: datetime, settings: IdentitySettings) -> Verdict:
    """Judge a refresh token that was shown.

    An honest client shows one twice when two of its tabs wake at once, or when the answer was lost
    on the way. Both get the same successor, never a second one: so a thief who shows it within the
    grace is noticed as soon as thief and owner refresh again.
    """
    ends_at = min(family.issued_expires_at, family.session_expires_at)
    if family.revoked_at or not family.is_active or ends_at <= now:
        return Verdict.REFUSE
    if family.rotated_at is None:
        return Verdict.ROTATE
    if family.successor_salt is None or family.successor_rotated_at is not None:
        return Verdict.REUSED
    is_unused = family.access_used_at is None
    grace = settings.lost_answer_grace if is_unused else settings.race_grace
    return Verdict.REPEAT if now - family.rotated_at <= grace else Verdict.REUSED
