"""People have all that is kept of them, and may have it gone; where money went stays."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from backend.domains.usdc.messages import WithdrawalOpen
from backend.domains.usdc.privacy import PERSONAL_DATA
from backend.persistence.database import fetch
from backend.persistence.personal_data import ErasureWish
from tests.domains.privacy.test_erasing import ask_to_be_erased, erased
from tests.domains.privacy.test_exporting import archive_of
from tests.domains.usdc.scene import DOLLAR, Scene, cancel, withdraw
from tests.support.desk import Desk, open_desk
from tests.support.people import Person
from tests.support.promises import owns
from tests.support.servers import Servers

_KEPT = """
SELECT ARRAY(SELECT wallet_type FROM crypto_wallet WHERE user_id = $1) AS wallets,
       ARRAY(SELECT context::text FROM funding_session WHERE user_id = $1) AS contexts,
       ARRAY(SELECT ip_hash FROM funding_session WHERE user_id = $1) AS hashes,
       (SELECT count(*) FROM usdc_deposit WHERE user_id = $1) AS deposits
"""


@pytest.fixture
async def desk(servers: Servers, scene: Scene) -> AsyncIterator[Desk]:
    """Where exports are made and people erased."""
    async with open_desk(servers, scene.node) as opened:
        yield opened


@pytest.fixture
async def anna(scene: Scene) -> Person:
    """Somebody who paid in."""
    person = await scene.person("Anna")
    await scene.pay_in(person, 50 * DOLLAR)
    return person


async def test_an_export_has_all_of_it_and_no_secret(
    scene: Scene, anna: Person, desk: Desk
) -> None:
    wallet_id, address = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    await scene.work()
    archive = await archive_of(anna, desk)
    said = {name: archive.read(name).decode() for name in archive.namelist() if "usdc" in name}
    ours = {name: text for name, text in said.items() if name.endswith(".json")}
    assert len(ours) == 4
    whole = "".join(ours.values())
    for found in (address, '"deposit"', str(50 * DOLLAR), asked["withdrawal_id"], "deposit_day"):
        assert found in whole
    for secret in ("token_hash", "ip_hash"):
        assert secret not in whole


async def test_nobody_is_erased_while_money_is_on_its_way(scene: Scene, anna: Person) -> None:
    wallet_id, _ = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    assert PERSONAL_DATA.why_not_erase is not None
    wish = ErasureWish(user_id=anna.user_id, give_up_balances=True)
    with pytest.raises(WithdrawalOpen):
        await PERSONAL_DATA.why_not_erase(wish)
    told = await ask_to_be_erased(anna, give_up_balances=True)
    assert told.status_code == 409
    await cancel(anna, asked["withdrawal_id"])
    assert await owns(anna, "usdc") == (50 * DOLLAR, 0)
    await PERSONAL_DATA.why_not_erase(wish)
    assert (await ask_to_be_erased(anna, give_up_balances=True)).status_code == 202


async def test_who_is_erased_leaves_where_money_went_and_no_more(
    scene: Scene, anna: Person, desk: Desk
) -> None:
    wallet_id, _ = await scene.own_address(anna)
    asked = (await withdraw(anna, wallet_id, 10 * DOLLAR)).json()
    await scene.work()
    await cancel(anna, asked["withdrawal_id"])
    (before,) = await fetch(_KEPT, anna.user_id)
    assert sorted(before["wallets"]) == ["deposit", "external"]
    assert before["hashes"] != [None]
    await erased(anna, desk, give_up_balances=True)
    (kept,) = await fetch(_KEPT, anna.user_id)
    assert tuple(kept.values()) == (["deposit"], ["{}"], [None], 1)
    gone = "SELECT wallet_id, token_hash, status FROM usdc_withdrawal WHERE id = $1"
    (row,) = await fetch(gone, UUID(asked["withdrawal_id"]))
    assert tuple(row.values()) == (None, None, "cancelled")
