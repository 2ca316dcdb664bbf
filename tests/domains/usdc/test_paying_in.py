"""What comes in at an address is in its owner's wallet, once, however often it is looked at."""

import asyncio
import hmac
from hashlib import sha256
from typing import Any

import pytest
import structlog

from backend.domains.identity.throttle import network_of
from backend.domains.usdc import Usdc, jobs
from backend.domains.usdc.depositing import Growth, post
from backend.integrations.chain import Chain
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.domains.usdc.scene import AGES_S, DOLLAR, Scene, fund, inbox, kept_on_chain, lines_of
from tests.support.couple import later
from tests.support.people import sign_up, with_phones
from tests.support.promises import be_of_age, owns


async def test_what_is_sent_is_in_the_wallet_and_seen_at_once(scene: Scene) -> None:
    anna = await scene.person("Anna")
    kept = await kept_on_chain()
    async with with_phones(anna) as [phone]:
        mine = await phone.join(anna.address).ready()
        await scene.pay_in(anna, 25 * DOLLAR + 500_000)
        told = (await mine.next_push("usdc.deposited")).event
        assert (told["amount_micros"], told["is_over_limit"]) == (25_500_000, False)
        balances = (await phone.next_push("ledger.balance_changed")).event["balances"]
        assert {one["asset"]: one["available_minor"] for one in balances}["usdc"] == 25_500_000
    assert await owns(anna, "usdc") == (25_500_000, 0)
    assert await inbox(anna) == ["Money has come in: 25.5 USDC are in your wallet."]
    assert await kept_on_chain() == kept + 25_500_000


async def test_however_often_it_is_looked_at_it_is_posted_once(scene: Scene) -> None:
    anna = await scene.person("Anna")
    await scene.pay_in(anna, 10 * DOLLAR)
    for _ in range(3):
        await scene.look()
        scene.chain.mine()
        await scene.look(workers=3)
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert len(await inbox(anna)) == 1


async def test_workers_that_look_at_the_same_moment_post_it_once(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    await scene.look(workers=3)
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert len(await inbox(anna)) == 1


async def test_two_that_came_in_between_two_looks_are_one_and_a_later_one_is_another(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.chain.mint(address, 5 * DOLLAR)
    scene.confirm()
    await scene.look()
    scene.chain.mint(address, 7 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (22 * DOLLAR, 0)
    rows = await fetch(
        "SELECT from_micros, to_micros FROM usdc_deposit WHERE user_id = $1 ORDER BY from_micros",
        anna.user_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        (0, 15 * DOLLAR),
        (15 * DOLLAR, 22 * DOLLAR),
    ]


async def test_each_person_gets_what_came_in_at_their_own_address(scene: Scene) -> None:
    anna, ben = await scene.person("Anna"), await scene.person("Ben")
    hers, his = await scene.address_of(anna), await scene.address_of(ben)
    assert hers != his
    scene.chain.mint(hers, 10 * DOLLAR)
    scene.chain.mint(his, 20 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await owns(ben, "usdc") == (20 * DOLLAR, 0)


async def test_a_worker_that_dies_between_the_chain_and_the_commit_has_posted_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    await jobs.look_at_deposits(scene.run())

    async def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as dying:
        dying.setattr("backend.domains.ledger.post_now", die)
        with pytest.raises(RuntimeError, match="killed"):
            await scene.work()
    assert await owns(anna, "usdc") == (0, 0)
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)


async def test_a_node_that_is_behind_brings_nothing_back(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    chain = await scene.usdc.chain()
    before = await chain.confirmed_block()
    scene.chain.mint(address, 5 * DOLLAR)
    scene.confirm()
    await scene.look()
    wallet = "SELECT id FROM crypto_wallet WHERE address = $1"
    wallet_id = (await fetch(wallet, address))[0]["id"]
    for micros in (10 * DOLLAR, 99 * DOLLAR):
        growth = Growth(wallet_id=wallet_id, observed_micros=micros, block=before)
        await post(growth, scene.run())
    assert await owns(anna, "usdc") == (15 * DOLLAR, 0)


async def test_everybody_is_looked_at_in_turn_and_who_wants_to_pay_in_each_minute(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = await scene.person("Anna"), await scene.person("Ben")
    hers = await scene.address_of(anna)
    await later(anna, ben, days=2)
    await scene.look()
    his = await scene.address_of(ben)
    monkeypatch.setattr("backend.domains.usdc.depositing.LOOKED_AT_ONCE_MAX", 1)
    await fetch("UPDATE crypto_wallet SET last_refreshed_at = $1", scene.clock.now())
    scene.chain.mint(hers, 10 * DOLLAR)
    scene.chain.mint(his, 20 * DOLLAR)
    scene.confirm()
    await later(anna, ben, minutes=1)
    await scene.look()
    assert await owns(ben, "usdc") == (20 * DOLLAR, 0)
    deposits = "SELECT count(*) AS known FROM crypto_wallet WHERE wallet_type = 'deposit'"
    for _ in range((await fetch(deposits))[0]["known"]):
        await later(anna, ben, minutes=1)
        await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)


async def test_more_than_the_limits_is_theirs_and_somebody_looks_at_it(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    with structlog.testing.capture_logs() as logs:
        for micros in (101 * DOLLAR, 40 * DOLLAR, 10 * DOLLAR):
            scene.chain.mint(address, micros)
            scene.confirm()
            await later(anna, minutes=1)
            await scene.look()
    assert await owns(anna, "usdc") == (151 * DOLLAR, 0)
    over = "SELECT over_limit FROM usdc_deposit WHERE user_id = $1 ORDER BY from_micros"
    rows = await fetch(over, anna.user_id)
    assert [row["over_limit"] for row in rows] == ["each", None, "day"]
    assert lines_of(logs).count("a deposit is over a limit") == 2
    assert "we look at it" in (await inbox(anna))[0]
    assert "we look at it" not in (await inbox(anna))[1]


async def test_the_limits_of_the_session_count_and_not_those_of_later(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    loose = '{"tier": "free", "deposit_micros_max": 500000000, "deposit_day_micros_max": 500000000}'
    await fetch(
        "UPDATE funding_session SET limits_snapshot = $2::text::jsonb WHERE user_id = $1",
        anna.user_id,
        loose,
    )
    scene.chain.mint(address, 300 * DOLLAR)
    scene.confirm()
    await scene.look()
    rows = await fetch("SELECT over_limit FROM usdc_deposit WHERE user_id = $1", anna.user_id)
    assert [row["over_limit"] for row in rows] == [None]


async def test_a_session_says_what_counts_and_stays_the_same_while_it_is_open(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    await scene.load(2)
    told = (await fund(anna, provider="own", context={"from": "wallet page"})).json()
    assert told["chain_id"] == scene.usdc.settings.chain_id
    assert (told["token"], told["symbol"]) == (scene.chain.token, "USDC")
    assert (told["decimals"], told["confirmations"]) == (6, 3)
    assert told["limits"]["deposit_micros_max"] == 100 * DOLLAR
    assert told["limits"]["tier"] == "free"
    again = await asyncio.gather(*(fund(anna) for _ in range(3)))
    assert {one.json()["session_id"] for one in again} == {told["session_id"]}
    await later(anna, minutes=61)
    another = (await fund(anna)).json()
    assert another["session_id"] != told["session_id"]
    assert another["address"] == told["address"]
    rows = await fetch(
        "SELECT state, provider, context::text, ip_hash FROM funding_session WHERE user_id = $1"
        " ORDER BY created_at",
        anna.user_id,
    )
    assert [row["state"] for row in rows] == ["over", "open"]
    assert (rows[0]["provider"], rows[0]["context"]) == ("own", '{"from": "wallet page"}')


async def test_a_session_keeps_a_keyed_hash_of_where_somebody_was(scene: Scene) -> None:
    anna = await scene.person("Anna")
    await scene.address_of(anna)
    rows = await fetch("SELECT ip_hash FROM funding_session WHERE user_id = $1", anna.user_id)
    kept, network = rows[0]["ip_hash"], network_of("127.0.0.1")
    assert kept != sha256(network.encode()).digest()
    # Only who knows the key can tell whether it was somebody.
    assert kept == hmac.digest(b"shared by all nodes of a test", network.encode(), sha256)
    assert kept != hmac.digest(b"another key", network.encode(), sha256)


async def test_what_counts_is_by_the_tier_somebody_has_when_they_ask(scene: Scene) -> None:
    anna = await scene.person("Anna")
    await fetch("UPDATE \"user\" SET tier = 'premium' WHERE id = $1", anna.user_id)
    await scene.load()
    told = (await fund(anna)).json()
    assert (told["limits"]["tier"], told["limits"]["deposit_micros_max"]) == (
        "premium",
        140 * DOLLAR,
    )
    rows = await fetch(
        "SELECT limits_snapshot->>'tier' AS tier FROM funding_session WHERE user_id = $1",
        anna.user_id,
    )
    assert [row["tier"] for row in rows] == ["premium"]
    # Who is not premium any more has what was said to them when they asked.
    await fetch("UPDATE \"user\" SET tier = 'free' WHERE id = $1", anna.user_id)
    for micros in (130 * DOLLAR, 141 * DOLLAR):
        scene.chain.mint(told["address"], micros)
        scene.confirm()
        await later(anna, days=2)
        await scene.look()
    over = "SELECT over_limit FROM usdc_deposit WHERE user_id = $1 ORDER BY from_micros"
    assert [row["over_limit"] for row in await fetch(over, anna.user_id)] == [None, "each"]
    await later(anna, hours=2)
    assert (await fund(anna)).json()["limits"]["tier"] == "free"


async def test_two_who_ask_at_once_get_an_address_each(scene: Scene) -> None:
    people = [await scene.person(name) for name in ("Anna", "Ben", "Eve")]
    await scene.load(3)
    told = await asyncio.gather(*(fund(person) for person in people))
    assert len({one.json()["address"] for one in told}) == 3


async def test_without_an_address_that_is_free_people_are_told_and_operators_too(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    await fetch("UPDATE deposit_address SET assigned_at = loaded_at WHERE assigned_at IS NULL")
    with structlog.testing.capture_logs() as logs:
        told = await fund(anna)
    assert (told.status_code, told.json()["code"]) == (503, "usdc.no_address_free")
    assert "no deposit address is free" in lines_of(logs)


async def test_who_is_to_be_kept_from_it_is_not_told_where_to_pay_in(scene: Scene) -> None:
    anna = await sign_up(scene.node, scene.clock, "Anna")
    await scene.load()
    assert (await fund(anna)).json()["code"] == "stakes.adults_only"
    await be_of_age(anna)
    await anna.post("stakes.exclude_myself", days=3)
    assert (await fund(anna)).json()["code"] == "stakes.excluded"
    await later(anna, days=3)
    assert (await fund(anna)).status_code == 200


async def test_who_asks_all_the_time_is_slowed_down(scene: Scene) -> None:
    anna = await scene.person("Anna")
    await scene.load()
    codes = [(await fund(anna)).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "Upper"},
        {"provider": "x" * 41},
        {"context": {str(n): "x" for n in range(9)}},
        {"context": {"x": "y" * 201}},
        {"context": {"x": 1}},
        {"more": 1},
    ],
)
async def test_what_is_no_session_is_refused(scene: Scene, wrong: dict[str, Any]) -> None:
    anna = await scene.person("Anna")
    told = await fund(anna, **wrong)
    assert told.status_code == 422, told.text


async def test_a_chain_that_cannot_be_read_is_read_later(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    hasty = Usdc(scene.chain.settings(within_s=0.5, head_age_max_s=AGES_S), {}, scene.clock)
    with scene.chain.silent(), structlog.testing.capture_logs() as logs:
        await jobs.look_at_deposits(JobRun(None, clock=scene.clock, services={Usdc: hasty}))
    await hasty.close()
    assert "the chain could not be read" in lines_of(logs)
    assert await owns(anna, "usdc") == (0, 0)
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)


async def test_the_chain_is_looked_over_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = 0
    verify = Chain.verify

    async def count(chain: Chain) -> None:
        nonlocal verified
        verified += 1
        await verify(chain)

    monkeypatch.setattr(Chain, "verify", count)
    await scene.person("Anna")
    await asyncio.gather(*(scene.usdc.chain() for _ in range(3)))
    assert verified == 1
