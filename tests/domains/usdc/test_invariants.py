"""The invariants notice what must never be, and the database itself refuses the worst of it."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from backend.domains.usdc import invariants as declared
from backend.persistence.database import fetch
from backend.persistence.invariants import Invariant, invariants_of
from tests.domains.usdc.scene import DOLLAR, Scene
from tests.support.people import Person
from tests.support.servers import Servers

HARM: list[tuple[str, set[type[Invariant]]]] = [
    (
        "UPDATE crypto_wallet SET accounted_principal_micros = 1 WHERE id = $1",
        {declared.DepositsAreAccounted},
    ),
    ("UPDATE crypto_wallet SET swept_micros = 1 WHERE id = $1", {declared.SweepsAreAddedUp}),
    (
        "UPDATE usdc_deposit SET transfer_id = id WHERE wallet_id = $1",
        {declared.DepositsAreInTheLedger},
    ),
    (
        """UPDATE usdc_deposit SET from_micros = 1, to_micros = amount_micros + 1
           WHERE wallet_id = $1""",
        {declared.DepositsAreAccounted},
    ),
    (
        "DELETE FROM hold WHERE id = (SELECT hold_id FROM usdc_withdrawal WHERE id = $2)",
        {declared.WithdrawalsAreHeld},
    ),
    (
        "UPDATE usdc_withdrawal SET status = 'refused', ended_at = now() WHERE id = $2",
        {declared.WithdrawalsAreHeld},
    ),
    (
        "UPDATE usdc_withdrawal SET status = 'refused', tx_hash = NULL WHERE id = $3",
        {declared.WithdrawalsThatAreDoneWerePosted},
    ),
    (
        """UPDATE deposit_address SET assigned_at = NULL
           WHERE address = (SELECT address FROM crypto_wallet WHERE id = $1)""",
        {declared.NobodyHasAnothersAddress},
    ),
]
FORBIDDEN = [
    "DELETE FROM usdc_deposit",
    "UPDATE usdc_deposit SET amount_micros = 1",
    "DELETE FROM usdc_sweep",
    "UPDATE usdc_sweep SET amount_micros = 1",
    "DELETE FROM usdc_withdrawal",
    "DELETE FROM deposit_address",
    "DELETE FROM funding_session",
]
IMPOSSIBLE = [
    # The same growth a second time.
    """INSERT INTO usdc_deposit (id, wallet_id, user_id, from_micros, to_micros, amount_micros,
                                 block_number, block_hash, transfer_id, created_at)
       SELECT gen_random_uuid(), wallet_id, user_id, from_micros, to_micros, amount_micros,
              block_number, block_hash, gen_random_uuid(), created_at
       FROM usdc_deposit WHERE wallet_id = $1""",
    # The same address for a second person.
    """INSERT INTO crypto_wallet (id, user_id, wallet_type, chain_id, address,
                                  accounted_principal_micros, swept_micros, last_observed_micros,
                                  created_at, usable_from)
       SELECT gen_random_uuid(), another.id, 'deposit', chain_id, lower(address), 0, 0, 0,
              w.created_at, usable_from
       FROM crypto_wallet AS w CROSS JOIN LATERAL (
           SELECT id FROM "user" WHERE id NOT IN (SELECT user_id FROM crypto_wallet) LIMIT 1
       ) AS another WHERE w.id = $1""",
    "UPDATE crypto_wallet SET removed_at = now() WHERE id = $1",
    "UPDATE crypto_wallet SET last_observed_micros = -1 WHERE id = $1",
    "UPDATE usdc_withdrawal SET status = 'done' WHERE id = $1",
]


class Rows(NamedTuple):
    """Somebody's deposit wallet, an open withdrawal, and one that is done."""

    wallet: UUID
    open: UUID
    done: UUID


@pytest.fixture
async def rows(scene: Scene) -> Rows:
    """Have somebody pay in, be paid, and wait for more; another has done nothing."""
    await scene.person("Ben")
    anna: Person = await scene.person("Anna")
    address = await scene.pay_in(anna, 50 * DOLLAR)
    wallet_id, own = await scene.own_address(anna)
    done = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await scene.executed(done, await scene.pay(own, 10 * DOLLAR))
    await scene.settle()
    open_ = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    found = await fetch("SELECT id FROM crypto_wallet WHERE address = $1", address)
    return Rows(found[0]["id"], open_, done)


@pytest.fixture
async def owner(servers: Servers) -> AsyncIterator[Any]:
    """The owner of the tables; whatever it does is taken back."""
    connection = await asyncpg.connect(servers.urls.owner)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.mark.parametrize(("harm", "noticed"), HARM)
async def test_harm_is_noticed(
    rows: Rows, owner: Any, harm: str, noticed: set[type[Invariant]]
) -> None:
    for place, one in enumerate(rows, 1):
        harm = harm.replace(f"${place}", f"'{one}'")
    assert await broken(owner) == set()
    await owner.execute(harm)
    assert await broken(owner) == noticed


async def broken(connection: Any) -> set[type[Invariant]]:
    """Say which invariants do not hold."""
    return {type(one) for one in invariants_of([declared]) if await connection.fetch(one.query)}


@pytest.mark.parametrize("query", IMPOSSIBLE)
async def test_the_database_refuses_what_cannot_be(rows: Rows, owner: Any, query: str) -> None:
    subject = rows.open if "usdc_withdrawal" in query else rows.wallet
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await owner.execute(query, subject)


@pytest.mark.parametrize("query", FORBIDDEN)
async def test_the_application_may_not_rewrite_what_was(servers: Servers, query: str) -> None:
    connection = await asyncpg.connect(servers.urls.app)
    try:
        await connection.execute("SET ROLE tandem_app")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(query)
    finally:
        await connection.close()
