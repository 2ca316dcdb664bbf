"""What operators do: by a command, in the rows, and seen in a report."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.domains import usdc
from backend.domains.identity import change_role
from backend.domains.usdc import NotPossible
from backend.persistence.database import fetch
from protocol.messages import Role
from tests.domains.privacy.desk import ask
from tests.domains.usdc.scene import AGES_S, DOLLAR, OPERATOR, Scene, fund, withdrawals
from tests.support.commands import Said, beside
from tests.support.promises import owns
from tests.support.servers import Servers

WRONG = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


async def test_addresses_are_handed_in_once_and_given_the_oldest_first(scene: Scene) -> None:
    await fetch("UPDATE deposit_address SET assigned_at = loaded_at WHERE assigned_at IS NULL")
    first, second = scene.chain.new_address(), scene.chain.new_address()
    lines = [f"{first.lower()}  vault 7", "", f"  {second}"]
    assert await usdc.load_addresses(scene.run(), lines, OPERATOR) == (2, 0)
    assert await usdc.load_addresses(scene.run(), [second, first, first], OPERATOR) == (0, 2)
    anna, ben = await scene.person("Anna"), await scene.person("Ben")
    assert {(await fund(who)).json()["address"] for who in (anna, ben)} == {first, second}
    kept = "SELECT provider_ref, loaded_by FROM deposit_address WHERE address = $1"
    assert tuple((await fetch(kept, first))[0].values()) == ("vault 7", OPERATOR)


@pytest.mark.parametrize("what", ["checksum", "token", "money", "somebody's own", "nobody's"])
async def test_a_file_with_a_wrong_line_is_refused_whole_and_the_line_named(
    scene: Scene, what: str
) -> None:
    good, bad = scene.chain.new_address(), scene.chain.new_address()
    if what == "money":
        scene.chain.mint(bad, 1)
        scene.confirm()
    if what == "somebody's own":
        anna = await scene.person("Anna")
        await ask(anna, "POST", "/v1/usdc/addresses", {"address": bad})
    line = {"checksum": WRONG, "token": scene.chain.token, "nobody's": "0x" + "0" * 40}
    lines = [good, "", line.get(what, bad)]
    with pytest.raises(NotPossible, match=r"^Line 3: "):
        await usdc.load_addresses(scene.run(), lines, OPERATOR)
    assert not await fetch("SELECT 1 FROM deposit_address WHERE address = $1", good)


async def test_the_report_says_what_fits_and_what_does_not(scene: Scene) -> None:
    anna = await scene.person("Anna")
    before = (await usdc.report()).chains[0]
    address = await scene.pay_in(anna, 110 * DOLLAR)
    wallet_id, _ = await scene.own_address(anna)
    await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    scene.chain.transfer(address, scene.chain.new_address(), 30 * DOLLAR)
    scene.confirm()
    await scene.look()
    found = await usdc.report()
    after = found.chains[0]
    grown = {
        name: getattr(after, name) - getattr(before, name)
        for name in after.__struct_fields__
        if name not in {"chain_id", "addresses_free"}
    }
    assert grown == {
        "wallets": 1,
        "observed_micros": 80 * DOLLAR,
        "accounted_micros": 110 * DOLLAR,
        "swept_micros": 0,
        "unposted_micros": 0,
        "missing_micros": 30 * DOLLAR,
        "over_limit_deposits": 1,
        "over_limit_micros": 110 * DOLLAR,
        "withdrawn_micros": 0,
        "open_withdrawals": 1,
        "open_micros": 10 * DOLLAR,
    }
    (hers,) = [one for one in found.differences if one.address == address]
    assert (hers.user_id, hers.observed_micros) == (anna.user_id, 80 * DOLLAR)
    assert anna.user_id in {one.user_id for one in found.over_limit}


async def test_the_report_is_for_admins_alone(scene: Scene) -> None:
    anna = await scene.person("Anna")
    told = await ask(anna, "GET", "/v1/usdc/report")
    assert (told.status_code, told.json()["code"]) == (403, "forbidden")
    await change_role(anna.email, Role.ADMIN, scene.clock.now())
    told = await ask(anna, "GET", "/v1/usdc/report")
    assert told.status_code == 200
    assert set(told.json()) >= {"chains", "ledger_micros", "difference_micros", "differences"}


def environ_of(scene: Scene, servers: Servers) -> dict[str, str]:
    """Say what a command needs to know."""
    chain: dict[str, Any] = {
        "rpc_urls": [scene.chain.url],
        "chain_id": scene.usdc.settings.chain_id,
        "token": scene.chain.token,
        "confirmations": 3,
        "head_age_max_s": AGES_S,
    }
    return {"DATABASE_URL": servers.urls.app, "TANDEM_CHAIN": json.dumps(chain)}


async def test_all_of_it_is_a_command(scene: Scene, servers: Servers, tmp_path: Path) -> None:
    environ = environ_of(scene, servers)

    async def say(*words: str) -> Said:
        said = await beside("usdc", "--by", OPERATOR, *words, **environ)
        assert said.code == 0, said.err
        return said

    file, theirs = tmp_path / "addresses", scene.chain.new_address()
    file.write_text(f"{theirs}\n", encoding="utf-8")
    assert "1 addresses are new" in (await say("addresses", str(file))).out
    file.write_text(f"{theirs}\n{WRONG}\n", encoding="utf-8")
    refused = await beside("usdc", "addresses", str(file), **environ)
    assert (refused.code, refused.err.startswith("Line 2:")) == (1, True)

    anna = await scene.person("Anna")
    hers = await scene.pay_in(anna, 50 * DOLLAR)
    wallet_id, address = await scene.own_address(anna)
    known = str(await scene.confirmed(anna, wallet_id, 10 * DOLLAR))
    assert "approved" in (await say("approve", known)).out
    tx_hash = await scene.pay(address, 10 * DOLLAR)
    assert tx_hash in (await say("execute", known, "--tx", tx_hash.upper())).out
    await scene.settle()
    assert (await withdrawals(anna))[known]["status"] == "done"

    another = str(await scene.confirmed(anna, wallet_id, 10 * DOLLAR))
    assert "refused" in (await say("refuse", another, "--reason", "Not today.")).out
    assert await owns(anna, "usdc") == (40 * DOLLAR, 0)
    twice = await beside("usdc", "refuse", another, "--reason", "Not today.", **environ)
    assert (twice.code, "is refused" in twice.err) == (1, True)

    moved = scene.chain.transfer(hers, scene.chain.new_address(), 5 * DOLLAR)
    scene.confirm()
    swept = await say("sweep", hers, str(5 * DOLLAR), "--tx", moved)
    assert swept.out == "5 USDC are noted as swept.\n"
    rows = await fetch("SELECT operator FROM usdc_withdrawal WHERE id = $1", UUID(known))
    assert rows[0]["operator"] == OPERATOR


async def test_the_command_lists_and_reports(scene: Scene, servers: Servers) -> None:
    environ = environ_of(scene, servers)

    async def shown(*words: str) -> str:
        said = await beside("usdc", *words, **environ)
        assert (said.code, said.err) == (0, "")
        return said.out

    anna = await scene.person("Anna")
    await scene.pay_in(anna, 50 * DOLLAR)
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    (line,) = [one for one in (await shown("withdrawals")).splitlines() if str(known) in one]
    assert "confirmed" in line
    assert f"10 USDC  to {address}" in line
    assert json.loads(await shown("report"))["chains"][0]["wallets"] >= 1


async def test_without_a_chain_the_command_says_so(servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "addresses"
    file.write_text("", encoding="utf-8")
    said = await beside("usdc", "addresses", str(file), DATABASE_URL=servers.urls.app)
    assert (said.code, said.err) == (1, "Money does not come or go as USDC here.\n")
