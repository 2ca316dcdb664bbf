"""Signing in: the same answer in the same time, whether or not somebody exists."""

import statistics
import time
from datetime import datetime

from backend.domains.identity import IdentitySettings, PasswordCost
from tests.domains.identity.door import CHEAP, PASSWORD, Door, Owner

WRONG = "not the password"


async def test_each_sign_in_is_a_session_of_its_own(door: Door) -> None:
    first = await door.sign_up()
    second = await door.sign_in("ANNA@example.org", device_name="Anna's phone")
    assert await door.opens(first["access_token"])
    assert await door.opens(second["access_token"])


async def test_an_unknown_email_is_answered_as_a_wrong_password_is(door: Door) -> None:
    await door.sign_up()
    wrong = await door.post("sign-in", json={"email": "anna@example.org", "password": WRONG})
    unknown = await door.post("sign-in", json={"email": "nobody@example.org", "password": WRONG})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "identity.wrong_credentials"


async def test_an_unknown_email_takes_as_long_as_a_wrong_password(door: Door) -> None:
    door.open(IdentitySettings(passwords=PasswordCost(time_cost=3, memory_kib=32 * 1024)))
    await door.sign_up()

    async def median_s(email: str) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()  # Of this process alone: others may be busy beside it.
            await door.post("sign-in", json={"email": email, "password": WRONG})
            took.append(time.process_time() - began)
        return statistics.median(took)

    wrong_s = await median_s("anna@example.org")
    # Without a hash to check it would be some fifty times faster.
    assert await median_s("nobody@example.org") > wrong_s / 3


async def test_accents_may_be_composed_by_another_keyboard(door: Door) -> None:
    composed, apart = "mañana señor", "man\u0303ana sen\u0303or"
    await door.sign_up(password=composed)
    told = await door.sign_in(password=apart)
    assert await door.opens(told["access_token"])


async def test_a_deactivated_account_says_so_to_its_owner_only(door: Door, owner: Owner) -> None:
    told = await door.sign_up()
    await owner.execute(
        """UPDATE "user" SET is_active = false, deactivated_at = created_at,
                             deactivated_by = 'admin'"""
    )
    right = await door.post("sign-in", json={"email": "anna@example.org", "password": PASSWORD})
    wrong = await door.post("sign-in", json={"email": "anna@example.org", "password": WRONG})
    assert right.json()["code"] == "identity.account_inactive"
    assert wrong.json()["code"] == "identity.wrong_credentials"
    assert not await door.opens(told["access_token"])
    assert (await door.refresh(told["refresh_token"])).status_code == 401


async def test_a_hash_of_former_cost_is_made_anew(door: Door, owner: Owner) -> None:
    await door.sign_up()
    former = await owner.fetchval("SELECT secret_hash FROM credential")
    await door.sign_in()
    assert await owner.fetchval("SELECT secret_hash FROM credential") == former

    door.open(IdentitySettings(passwords=PasswordCost(time_cost=2, memory_kib=8)))
    await door.sign_in()
    renewed = await owner.fetchval("SELECT secret_hash FROM credential")
    assert "t=2" in renewed
    assert renewed != former
    await door.sign_in()


async def test_it_is_known_when_somebody_was_there(door: Door, owner: Owner) -> None:
    async def seen() -> tuple[datetime | None, datetime]:
        row = await owner.fetchrow('SELECT last_signed_in_at, last_active_at FROM "user"')
        return row["last_signed_in_at"], row["last_active_at"]

    told = await door.sign_up()
    began = door.clock.now()
    assert await seen() == (began, began)
    await door.clock.advance(minutes=10)
    assert await door.opens(told["access_token"])
    assert await seen() == (began, door.clock.now())
    await door.sign_in()
    assert await seen() == (door.clock.now(), door.clock.now())


async def test_of_too_many_sessions_the_stalest_is_ended(door: Door) -> None:
    door.open(IdentitySettings(passwords=CHEAP, sessions_max=2))
    first = await door.sign_up()
    await door.clock.advance(minutes=6)
    second = await door.sign_in()
    await door.clock.advance(minutes=6)
    assert await door.opens(first["access_token"])
    await door.clock.advance(seconds=1)
    await door.sign_in()
    assert await door.opens(first["access_token"])
    assert not await door.opens(second["access_token"])
    [(ended, reason)] = door.closed
    assert len(ended) == 1
    assert reason == "too_many_sessions"
