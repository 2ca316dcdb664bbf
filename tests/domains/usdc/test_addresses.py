"""People's own addresses: read with care, paid to a day later, and never ours."""

from uuid import uuid4

import pytest

from backend.domains.usdc.limits import ADDRESSES_MAX
from backend.persistence.database import fetch
from tests.domains.privacy.desk import ask
from tests.domains.usdc.scene import DOLLAR, Scene, cancel, withdraw
from tests.support.couple import later

ADDRESSES = "/v1/usdc/addresses"


async def test_an_address_is_kept_in_the_form_with_its_checksum_and_its_owner_gets_a_letter(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    address = scene.chain.new_address()
    added = await ask(anna, "POST", ADDRESSES, {"address": f" {address.lower()} "})
    assert added.json()["address"] == address
    again = await ask(anna, "POST", ADDRESSES, {"address": address})
    assert again.json() == added.json()
    listed = (await ask(anna, "GET", ADDRESSES)).json()["addresses"]
    assert listed == [added.json()]
    await scene.work()
    assert scene.subjects == ["An address was added to your account"]
    assert scene.mail.taken[0]["To"] == anna.email


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "0x123",
        "0x" + "0" * 40,
        "0x" + "0" * 36 + "dEaD",
        "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "vitalik.eth",
        "0x" + "g" * 40,
    ],
)
async def test_what_nobody_can_be_paid_at_is_refused(scene: Scene, wrong: str) -> None:
    anna = await scene.person("Anna")
    told = await ask(anna, "POST", ADDRESSES, {"address": wrong})
    assert (told.status_code, told.json()["code"]) == (422, "usdc.address_refused")
    assert (await ask(anna, "GET", ADDRESSES)).json() == {"addresses": []}


async def test_the_token_and_addresses_of_ours_are_refused(scene: Scene) -> None:
    anna = await scene.person("Anna")
    hers = await scene.address_of(anna)
    (free,) = await scene.load()
    for wrong, said in ((scene.chain.token, "token"), (hers, "ours"), (free.lower(), "ours")):
        told = await ask(anna, "POST", ADDRESSES, {"address": wrong})
        assert told.json()["code"] == "usdc.address_refused"
        assert said in told.json()["detail"]


async def test_a_new_address_is_not_paid_to_for_a_day_and_added_again_it_waits_again(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    await scene.pay_in(anna, 50 * DOLLAR)
    body = {"address": scene.chain.new_address()}
    wallet_id = (await ask(anna, "POST", ADDRESSES, body)).json()["wallet_id"]
    await later(anna, hours=23, minutes=59)
    told = await withdraw(anna, wallet_id, 10 * DOLLAR)
    assert (told.status_code, told.json()["code"]) == (409, "usdc.address_cooling")
    await later(anna, minutes=1)
    asked = await withdraw(anna, wallet_id, 10 * DOLLAR)
    assert asked.status_code == 200, asked.text

    in_use = await ask(anna, "DELETE", f"{ADDRESSES}/{wallet_id}")
    assert in_use.json()["code"] == "usdc.address_in_use"
    await cancel(anna, asked.json()["withdrawal_id"])
    assert (await ask(anna, "DELETE", f"{ADDRESSES}/{wallet_id}")).status_code == 204
    gone = await withdraw(anna, wallet_id, 10 * DOLLAR)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    again = (await ask(anna, "POST", ADDRESSES, body)).json()["wallet_id"]
    assert again != wallet_id
    assert (await withdraw(anna, again, 10 * DOLLAR)).json()["code"] == "usdc.address_cooling"


async def test_nobody_removes_or_is_paid_at_anothers(scene: Scene) -> None:
    anna, ben = await scene.person("Anna"), await scene.person("Ben")
    await scene.pay_in(ben, 50 * DOLLAR)
    wallet_id, _ = await scene.own_address(anna)
    await later(ben, seconds=1)
    for told in (
        await ask(ben, "DELETE", f"{ADDRESSES}/{wallet_id}"),
        await ask(ben, "DELETE", f"{ADDRESSES}/{uuid4()}"),
        await withdraw(ben, wallet_id, 10 * DOLLAR),
    ):
        assert (told.status_code, told.json()["code"]) == (404, "not_found")
    hers = "SELECT id FROM crypto_wallet WHERE user_id = $1 AND wallet_type = 'deposit'"
    deposit_id = (await fetch(hers, ben.user_id))[0]["id"]
    assert (await ask(ben, "DELETE", f"{ADDRESSES}/{deposit_id}")).status_code == 404
    assert (await withdraw(ben, str(deposit_id), 10 * DOLLAR)).status_code == 404


async def test_a_person_has_only_so_many_and_adds_only_so_many_a_day(scene: Scene) -> None:
    anna = await scene.person("Anna")
    for _ in range(ADDRESSES_MAX):
        added = await ask(anna, "POST", ADDRESSES, {"address": scene.chain.new_address()})
        assert added.status_code == 200
    one_more = {"address": scene.chain.new_address()}
    assert (await ask(anna, "POST", ADDRESSES, one_more)).json()["code"] == "rate_limited"
    await later(anna, days=1)
    told = await ask(anna, "POST", ADDRESSES, one_more)
    assert told.json()["code"] == "usdc.addresses_too_many"


async def test_who_is_not_signed_in_is_told_nothing(scene: Scene) -> None:
    anna = await scene.person("Anna")
    anna.token = ""
    for method, path in (
        ("GET", ADDRESSES),
        ("POST", ADDRESSES),
        ("DELETE", f"{ADDRESSES}/{uuid4()}"),
        ("POST", "/v1/usdc/funding-sessions"),
        ("POST", "/v1/usdc/withdrawals"),
        ("POST", "/v1/usdc/withdrawals/confirm"),
        ("DELETE", f"/v1/usdc/withdrawals/{uuid4()}"),
        ("GET", "/v1/usdc/withdrawals"),
        ("GET", "/v1/usdc/report"),
    ):
        assert (await ask(anna, method, path)).status_code == 401, (method, path)
