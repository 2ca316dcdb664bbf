"""What somebody wants paid out is held, confirmed by a letter, and theirs again if it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from backend.domains import identity, usdc
from backend.domains.identity import TokenKind
from backend.domains.usdc import jobs
from backend.domains.usdc.letters import ConfirmationWanted
from backend.persistence.database import fetch
from protocol.refusals import Refusal
from tests.domains.privacy.desk import ask
from tests.domains.usdc.scene import (
    DOLLAR,
    OPERATOR,
    Scene,
    cancel,
    confirm,
    inbox,
    withdraw,
    withdrawals,
)
from tests.support.couple import later
from tests.support.people import Person, with_phones
from tests.support.promises import give, owns
from tests.support.servers import Servers
from tests.support.until import until

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
async def anna(scene: Scene) -> Person:
    """Somebody who has three hundred dollars."""
    person = await scene.person("Anna")
    await give(person, 300 * DOLLAR, "usdc")
    return person


async def test_it_is_held_confirmed_by_a_letter_paid_and_gone(scene: Scene, anna: Person) -> None:
    wallet_id, address = await scene.own_address(anna)
    async with with_phones(anna) as [phone]:
        mine = await phone.join(anna.address).ready()
        asked = (await withdraw(anna, wallet_id, 25 * DOLLAR)).json()
        assert (asked["status"], asked["address"]) == ("asked", address)
        assert await owns(anna, "usdc") == (275 * DOLLAR, 25 * DOLLAR)

        token = await scene.token()
        assert scene.subjects[-1] == "Do you want 25 USDC paid out?"
        assert address in scene.letter
        assert f"{identity_url(scene)}#confirm_withdrawal={token}" in scene.letter
        assert (await confirm(anna, token)).json()["status"] == "confirmed"

        tx_hash = await scene.pay(address, 25 * DOLLAR)
        await scene.executed(UUID(asked["withdrawal_id"]), tx_hash)
        assert await owns(anna, "usdc") == (275 * DOLLAR, 25 * DOLLAR)
        await scene.settle()
        seen = [
            (await mine.next_push("usdc.withdrawal_changed")).event["withdrawal"]["status"]
            for _ in range(5)
        ]
        assert seen == ["asked", "confirmed", "approved", "executing", "done"]
    assert await owns(anna, "usdc") == (275 * DOLLAR, 0)
    shown = (await withdrawals(anna))[asked["withdrawal_id"]]
    assert (shown["status"], shown["transaction_hash"]) == ("done", tx_hash)
    assert await inbox(anna) == ["Your money was paid out: 25 USDC are at your address."]


def identity_url(scene: Scene) -> str:
    """Say where links lead by themselves."""
    url: str = scene.node.app.state.identity.settings.public_url
    return url


async def test_sent_again_under_its_id_it_is_the_same(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    ben = await scene.person("Ben")
    known = str(uuid4())
    told = await asyncio.gather(
        *(withdraw(anna, wallet_id, 10 * DOLLAR, withdrawal_id=known) for _ in range(3))
    )
    assert [one.status_code for one in told] == [200] * 3
    assert await owns(anna, "usdc") == (290 * DOLLAR, 10 * DOLLAR)
    for other in (
        await withdraw(anna, wallet_id, 11 * DOLLAR, withdrawal_id=known),
        await withdraw(ben, wallet_id, 10 * DOLLAR, withdrawal_id=known),
    ):
        assert (other.status_code, other.json()["code"]) == (409, "id_reused")
    await scene.work()
    assert scene.subjects.count("Do you want 10 USDC paid out?") == 1


async def test_more_than_one_has_is_refused_and_holds_nothing(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    ben = await scene.person("Ben")
    his, _ = await scene.own_address(ben)
    await later(anna, seconds=1)
    told = await withdraw(ben, his, 10 * DOLLAR)
    assert told.json()["code"] == "ledger.insufficient_funds"
    assert await withdrawals(ben) == {}
    assert (await withdraw(anna, wallet_id, 10 * DOLLAR)).status_code == 200


@pytest.mark.parametrize("micros", [DOLLAR - 1, 100 * DOLLAR + 1])
async def test_too_little_and_too_much_at_once_are_refused(
    scene: Scene, anna: Person, micros: int
) -> None:
    wallet_id, _ = await scene.own_address(anna)
    told = await withdraw(anna, wallet_id, micros)
    assert (told.status_code, told.json()["code"]) == (422, "usdc.amount_out_of_range")


async def test_a_day_has_room_for_so_much_and_so_many(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    told = await asyncio.gather(*(withdraw(anna, wallet_id, 50 * DOLLAR) for _ in range(3)))
    codes = sorted(one.json().get("code", "") for one in told)
    assert codes == ["", "", "usdc.day_limit_reached"]
    (refused,) = [one for one in told if one.status_code != 200]
    assert refused.json()["facts"] == {
        "day_micros_max": 120 * DOLLAR,
        "left_micros": 20 * DOLLAR,
    }
    assert (await withdraw(anna, wallet_id, 20 * DOLLAR)).status_code == 200
    too_many = await withdraw(anna, wallet_id, DOLLAR)
    assert too_many.json()["code"] == "usdc.withdrawals_too_many"
    # What is called off counts no more, and a day later nothing does.
    first = next(iter(await withdrawals(anna)))
    await cancel(anna, first)
    assert (await withdraw(anna, wallet_id, DOLLAR)).status_code == 200
    await later(anna, days=1, minutes=1)
    assert (await withdraw(anna, wallet_id, 100 * DOLLAR)).status_code == 200


async def test_who_shut_themselves_out_may_still_take_their_money_out(
    scene: Scene, anna: Person
) -> None:
    wallet_id, _ = await scene.own_address(anna)
    await anna.post("stakes.exclude_myself", days=30)
    assert (await withdraw(anna, wallet_id, 10 * DOLLAR)).status_code == 200


async def test_who_has_not_proved_their_address_is_not_paid(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    await fetch('UPDATE "user" SET email_verified_at = NULL WHERE id = $1', anna.user_id)
    told = await withdraw(anna, wallet_id, 10 * DOLLAR)
    assert (told.status_code, told.json()["code"]) == (403, "usdc.email_not_proved")


async def test_a_link_leads_nowhere_else(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    told = await withdraw(anna, wallet_id, 10 * DOLLAR, return_to="https://evil.example/x")
    assert (told.status_code, told.json()["code"]) == (422, "identity.return_to_not_allowed")
    assert await owns(anna, "usdc") == (300 * DOLLAR, 0)


async def test_a_link_confirms_once_and_for_its_owner_alone(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    ben = await scene.person("Ben")
    await withdraw(anna, wallet_id, 10 * DOLLAR)
    token = await scene.token()
    unknown = identity.new_token(TokenKind.LINK)
    for who, shown in ((ben, token), (anna, unknown), (anna, "x"), (anna, "")):
        told = await confirm(who, shown)
        assert (told.status_code, told.json()["code"]) == (401, "identity.link_unknown")
    assert (await confirm(anna, token)).status_code == 200
    told = await confirm(anna, token)
    assert (told.status_code, told.json()["code"]) == (410, "identity.link_used")


async def test_the_token_stands_nowhere_but_in_the_letter(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    await withdraw(anna, wallet_id, 10 * DOLLAR)
    token = await scene.token()
    rows = await fetch("SELECT w::text AS row FROM usdc_withdrawal AS w")
    rows += await fetch("SELECT j::text AS row FROM job AS j")
    shapes = (token, token.encode().hex())
    assert not [row for row in rows if any(shape in row["row"] for shape in shapes)]


async def test_the_last_of_two_letters_counts(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    first = await scene.token()
    again = ConfirmationWanted(
        withdrawal_id=UUID(asked["withdrawal_id"]), return_to=identity_url(scene)
    )
    await jobs.send_confirmation(again, scene.run(uuid4()))
    second = await scene.token()
    assert (await confirm(anna, first)).json()["code"] == "identity.link_unknown"
    assert (await confirm(anna, second)).status_code == 200
    before = len(scene.mail.taken)
    await jobs.send_confirmation(again, scene.run(uuid4()))
    assert len(scene.mail.taken) == before


async def test_what_is_not_confirmed_in_time_is_theirs_again(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    token = await scene.token()
    await later(anna, minutes=29)
    await jobs.expire_withdrawals(scene.run())
    assert await owns(anna, "usdc") == (290 * DOLLAR, 10 * DOLLAR)
    await later(anna, minutes=1)
    assert (await confirm(anna, token)).json()["code"] == "identity.link_expired"
    await asyncio.gather(*(jobs.expire_withdrawals(scene.run()) for _ in range(3)))
    await scene.work()
    assert (await confirm(anna, token)).json()["code"] == "identity.link_expired"
    assert await owns(anna, "usdc") == (300 * DOLLAR, 0)
    assert (await withdrawals(anna))[asked["withdrawal_id"]]["status"] == "expired"
    assert len(await inbox(anna)) == 1


async def test_what_is_confirmed_does_not_expire(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await later(anna, days=2)
    await jobs.expire_withdrawals(scene.run())
    assert (await withdrawals(anna))[str(known)]["status"] == "confirmed"


async def test_its_owner_cancels_it_until_somebody_takes_it_on(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    ben = await scene.person("Ben")
    first = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    assert (await cancel(ben, first)).status_code == 404
    assert (await cancel(anna, uuid4())).status_code == 404
    assert (await cancel(anna, first)).json()["status"] == "cancelled"
    assert (await cancel(anna, first)).json()["status"] == "cancelled"
    assert await owns(anna, "usdc") == (300 * DOLLAR, 0)
    with pytest.raises(Refusal, match="is cancelled"):
        await usdc.approve(scene.run(), first, OPERATOR)

    second = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await usdc.approve(scene.run(), second, OPERATOR)
    told = await cancel(anna, second)
    assert (told.status_code, told.json()["code"]) == (409, "usdc.withdrawal_decided")
    assert await owns(anna, "usdc") == (290 * DOLLAR, 10 * DOLLAR)


@asynccontextmanager
async def held_up(servers: Servers, withdrawal_id: object) -> AsyncIterator[Callable[[int], Any]]:
    """Have whoever decides about a withdrawal wait; gives what waits until so many do."""
    connection = await asyncpg.connect(servers.urls.owner)

    async def wait_for(count: int) -> None:
        async def is_so() -> bool:
            waiting: int = await connection.fetchval(_WAITING)
            return waiting >= count

        await until(is_so)

    try:
        async with connection.transaction():
            lock = "SELECT 1 FROM usdc_withdrawal WHERE id = $1 FOR UPDATE"
            await connection.execute(lock, withdrawal_id)
            yield wait_for
    finally:
        await connection.close()


async def test_of_confirming_and_cancelling_at_once_the_money_agrees(
    scene: Scene, anna: Person, servers: Servers
) -> None:
    wallet_id, _ = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    token = await scene.token()
    async with held_up(servers, UUID(asked["withdrawal_id"])) as wait_for:
        cancelling = asyncio.create_task(cancel(anna, asked["withdrawal_id"]))
        await wait_for(1)
        confirming = asyncio.create_task(confirm(anna, token))
        await wait_for(2)
    assert (await cancelling).json()["status"] == "cancelled"
    assert (await confirming).json()["code"] == "usdc.withdrawal_decided"
    assert (await withdrawals(anna))[asked["withdrawal_id"]]["status"] == "cancelled"
    assert await owns(anna, "usdc") == (300 * DOLLAR, 0)


async def test_of_approving_and_cancelling_at_once_the_first_wins(
    scene: Scene, anna: Person, servers: Servers
) -> None:
    wallet_id, _ = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    async with held_up(servers, known) as wait_for:
        approving = asyncio.create_task(usdc.approve(scene.run(), known, OPERATOR))
        await wait_for(1)
        cancelling = asyncio.create_task(cancel(anna, known))
        await wait_for(2)
    assert (await approving).status == "approved"
    assert (await cancelling).json()["code"] == "usdc.withdrawal_decided"
    assert (await withdrawals(anna))[str(known)]["status"] == "approved"
    assert await owns(anna, "usdc") == (290 * DOLLAR, 10 * DOLLAR)


async def test_a_page_of_withdrawals_leads_to_the_next(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    made = []
    for _ in range(3):
        asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
        made.append(asked["withdrawal_id"])
        await later(anna, minutes=1)
    first = (await ask(anna, "GET", "/v1/usdc/withdrawals", limit="2")).json()
    assert [one["withdrawal_id"] for one in first["items"]] == made[:0:-1]
    after = {"after": first["next"], "limit": "2"}
    second = (await ask(anna, "GET", "/v1/usdc/withdrawals", **after)).json()
    assert [one["withdrawal_id"] for one in second["items"]] == made[:1]
    assert second["next"] is None
