"""A deployment offers it or not, by its settings; a setting that is wrong is named."""

import json
from typing import Any
from uuid import uuid4

import pytest

from backend.domains.usdc import Usdc, jobs
from backend.domains.usdc.messages import NotOffered
from backend.persistence.job_run import JobRun
from backend.services import usdc_of
from backend.settings import Settings, SettingWrong
from tests.domains.privacy.desk import ask
from tests.domains.usdc.scene import confirm, fund, withdraw
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import sign_up

TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"  # noqa: S105 - of another kind
CHAIN = {"rpc_urls": ["https://rpc.example/v1/a-key"], "chain_id": 1, "token": TOKEN}


def offered(clock: FakeClock, *, chain: object = None, usdc_limits: object = None) -> Usdc:
    """Make what the settings say."""
    said = ["" if value is None else json.dumps(value) for value in (chain, usdc_limits)]
    return usdc_of(Settings(database_url="x", chain=said[0], usdc_limits=said[1]), clock)


async def test_without_a_chain_it_is_not_offered(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    for told in (
        await fund(anna),
        await ask(anna, "POST", "/v1/usdc/addresses", {"address": TOKEN}),
        await ask(anna, "GET", "/v1/usdc/addresses"),
        await withdraw(anna, str(uuid4()), 1_000_000),
    ):
        assert (told.status_code, told.json()["code"]) == (404, "usdc.not_offered")
    # What was asked for while it was offered can still be decided.
    assert (await confirm(anna, "x")).json()["code"] == "identity.link_unknown"


async def test_without_a_chain_workers_do_nothing(node: Node, clock: FakeClock) -> None:
    assert node.house.services[Usdc].is_offered is False
    nothing = offered(clock)
    run = JobRun(None, clock=clock, services={Usdc: nothing})
    await jobs.look_at_deposits(run)
    await jobs.look_at_payments(run)
    await jobs.expire_withdrawals(run)
    assert run.planned == []
    with pytest.raises(NotOffered):
        await nothing.chain()


async def test_the_settings_say_which_chain_and_which_limits(clock: FakeClock) -> None:
    limits = {
        "premium": {"withdrawal_micros_max": 9_000_000},
        "others": {"withdrawals_per_day_max": 1},
    }
    usdc = offered(clock, chain={**CHAIN, "token": TOKEN.lower()}, usdc_limits=limits)
    assert (usdc.settings.chain_id, usdc.settings.token) == (1, TOKEN)
    assert "a-key" not in repr(usdc.settings)
    assert usdc.limits("premium").withdrawal_micros_max == 9_000_000
    assert usdc.limits("premium").withdrawals_per_day_max == 5
    assert usdc.limits("free").withdrawals_per_day_max == 1
    assert usdc.limits("free").tier == "free"
    await usdc.close()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"chain": "x"}, "TANDEM_CHAIN"),
        ({"chain": {**CHAIN, "token": TOKEN[:-1]}}, "TANDEM_CHAIN"),
        ({"chain": {**CHAIN, "token": TOKEN.replace("A", "a")}}, "TANDEM_CHAIN"),
        ({"chain": {**CHAIN, "chain_id": 0}}, "TANDEM_CHAIN"),
        ({"chain": {**CHAIN, "rpc_urls": []}}, "TANDEM_CHAIN"),
        ({"chain": {**CHAIN, "rpc_urls": ["ftp://a-key.example"]}}, "TANDEM_CHAIN"),
        ({"usdc_limits": []}, "TANDEM_USDC_LIMITS"),
        ({"usdc_limits": {"free": {"more": 1}}}, "TANDEM_USDC_LIMITS"),
        ({"usdc_limits": {"free": {"withdrawal_micros_max": 0}}}, "TANDEM_USDC_LIMITS"),
        ({"usdc_limits": {"free": {"withdrawal_micros_max": 10}}}, "TANDEM_USDC_LIMITS"),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(
    clock: FakeClock, wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingWrong, match=f"{named} is wrong") as problem:
        offered(clock, **wrong)
    assert "a-key" not in str(problem.value)
