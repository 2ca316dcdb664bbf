"""A worker is killed at every statement of an erasure, before and after it: the end is the same."""

import pytest

from backend.domains import ledger
from backend.domains.ledger import Asset, Purpose, house_account
from backend.domains.privacy.limits import GRACE
from backend.persistence.database import fetch
from tests.domains.privacy.test_erasing import (
    ask_to_be_erased,
    live,
    rows_of_ben,
    state_of,
)
from tests.domains.privacy.test_money import give, has
from tests.domains.privacy.traces import traces_in_database
from tests.support.couple import Couple
from tests.support.desk import Desk
from tests.support.mortal import die_again_and_again, mortal
from tests.support.servers import Servers
from tests.support.verify import until_quiet

__all__ = ["mortal"]


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.usefixtures("mortal")
async def test_wherever_a_worker_dies_she_is_erased_once_and_whole(
    couple: Couple, desk: Desk, servers: Servers, *, is_done: bool
) -> None:
    life = await live(couple)
    await give(couple.anna, Asset.USD, 700)
    bens = await rows_of_ben(couple.ben)
    before = await has(house_account(Asset.USD, Purpose.CHARITY))
    await ask_to_be_erased(couple.anna, give_up_balances=True)
    await desk.work()
    await desk.advance(GRACE.total_seconds())
    await desk.runner.run_schedule(desk.declared.schedules["domains.privacy.jobs.begin_erasures"])
    statements = 0
    for _ in range(100):
        await until_quiet(desk.node)
        jobs = await fetch("SELECT id FROM job WHERE name = 'privacy.erase'")
        for job in jobs:
            statements += await die_again_and_again(desk, job["id"], is_done=is_done)
        if not jobs:
            break
    assert statements > 60, "it died more often than it has steps"
    assert await state_of(couple.anna) == "done"
    assert await traces_in_database(servers, life.words) == []
    assert await rows_of_ben(couple.ben) == bens
    assert await has(house_account(Asset.USD, Purpose.CHARITY)) == before + 700
    assert await has(ledger.wallet_account(couple.anna.user_id, Asset.USD)) == 0
