"""The whole of it in USDC: in by a chain, a day kept and one missed, and out to the partner's."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.domains.usdc.scene import (
    DOLLAR,
    Scene,
    kept_on_chain,
    open_scene,
    withdrawals,
)
from tests.support.chain import LocalChain
from tests.support.clock import FakeClock
from tests.support.couple import Couple, unite
from tests.support.node import Node
from tests.support.promises import have_template, let_pass, owns, promise, stake, with_partner


@pytest.fixture
async def scene(node: Node, clock: FakeClock, local_chain: LocalChain) -> AsyncIterator[Scene]:
    """A node with a chain."""
    async with open_scene(node, clock, local_chain) as opened:
        yield opened


async def test_from_the_chain_to_a_payout(scene: Scene, clock: FakeClock) -> None:
    await have_template(clock)
    anna, ben = await scene.person("Anna"), await scene.person("Ben")
    couple = Couple(anna, ben, await unite(anna, ben))
    kept = await kept_on_chain()
    await scene.pay_in(anna, 20 * DOLLAR)
    assert await kept_on_chain() == kept + 20 * DOLLAR

    # Five dollars a day for two days are held; she keeps the first and misses the second.
    two_days = {"last_day": str(clock.now().date() + timedelta(days=1))}
    at_stake = stake("partner", 5 * DOLLAR, asset="usdc")
    async with couple.phones() as (hers, _):
        made = await promise(couple, hers, stake=at_stake, **two_days, **with_partner(couple))
        assert await owns(anna, "usdc") == (10 * DOLLAR, 10 * DOLLAR)
        await made.ask(hers.client, "challenges.prove", proof={"note": "Ten pages."})
    await let_pass(anna, ben, days=2)
    found = await made.occurrences(ben)
    assert [found[key]["outcome"] for key in sorted(found)] == ["done", "missed"]
    assert await owns(ben, "usdc") == (0, 0)
    await let_pass(anna, ben, days=3, minutes=1)
    assert await owns(anna, "usdc") == (15 * DOLLAR, 0)
    assert await owns(ben, "usdc") == (5 * DOLLAR, 0)

    # What has become his he takes out, to an address of his own, and the chain confirms it.
    wallet_id, address = await scene.own_address(ben)
    known = await scene.confirmed(ben, wallet_id, 5 * DOLLAR)
    assert await owns(ben, "usdc") == (0, 5 * DOLLAR)
    await scene.executed(known, await scene.pay(address, 5 * DOLLAR))
    await scene.settle()
    assert (await withdrawals(ben))[str(known)]["status"] == "done"
    assert await owns(ben, "usdc") == (0, 0)
    assert await kept_on_chain() == kept + 15 * DOLLAR
