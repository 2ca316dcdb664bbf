"""The ledger's invariants notice what the database would never let happen."""

from collections.abc import AsyncIterator

import pytest

from backend.domains.ledger import Asset, Cap, Purpose, house_account, wallet_account
from backend.domains.ledger import invariants as declared
from backend.persistence.guards import Connection
from backend.persistence.invariants import Invariant, invariants_of
from protocol.ids import uuid7
from tests.domains.ledger.book import Book, award, hold, post_hold, spend, void_hold

HOUSE = house_account(Asset.COIN, Purpose.HOUSE)
ISSUANCE = house_account(Asset.COIN, Purpose.ISSUANCE)


@pytest.fixture
async def unguarded(owner: Connection) -> AsyncIterator[Connection]:
    """The owner with everything off that guards the book; all of it is taken back at the end."""
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("""
        ALTER TABLE transfer DISABLE TRIGGER ALL;
        ALTER TABLE account DISABLE TRIGGER ALL;
        ALTER TABLE account DROP CONSTRAINT account_floor;
        ALTER TABLE allowance DROP CONSTRAINT allowance_cap;
        ALTER TABLE transfer DROP CONSTRAINT transfer_phase, DROP CONSTRAINT transfer_release;
    """)
    yield owner
    await transaction.rollback()


async def broken(connection: Connection) -> set[type[Invariant]]:
    """Say which invariants do not hold for this connection."""
    return {
        type(invariant)
        for invariant in invariants_of([declared])
        if await connection.fetch(invariant.query)
    }


HARM: list[tuple[str, set[type[Invariant]]]] = [
    (
        "UPDATE account SET credits_posted = credits_posted + 1 WHERE id = '{wallet}'",
        {declared.DebitsEqualCredits, declared.CountersEqualTransfers},
    ),
    (
        "UPDATE account SET debits_pending = debits_pending + 1 WHERE id = '{wallet}'",
        {declared.CountersEqualTransfers},
    ),
    (
        """
        INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, asset, phase,
                              reason, reference, created_at)
        VALUES (gen_random_uuid(), '{issuance}', '{wallet}', 1, 'coin', 'posted', 'award', '',
                now())
        """,
        {declared.DebitsEqualCredits, declared.CountersEqualTransfers},
    ),
    (
        "UPDATE account SET credits_posted = credits_posted + 1 WHERE id = '{house}'",
        {declared.DebitsEqualCredits, declared.HouseIsRolledUp},
    ),
    (
        "UPDATE account SET floor_minor = 1000000 WHERE id = '{wallet}'",
        {declared.NoWalletBelowItsFloor},
    ),
    ("DELETE FROM hold", {declared.OpenHoldsArePending}),
    ("UPDATE hold SET expires_at = now()", {declared.OpenHoldsArePending}),
    (
        "INSERT INTO hold (id) SELECT pending_id FROM transfer WHERE phase = 'void'",
        {declared.OpenHoldsArePending},
    ),
    (
        """
        UPDATE transfer SET released_minor = released_minor + 1
        WHERE phase = 'post' AND debit_account_id = '{wallet}'
        """,
        {declared.HoldsEndAsTheyBegan, declared.CountersEqualTransfers},
    ),
    (
        """
        UPDATE transfer SET asset = 'usd' WHERE phase = 'posted' AND debit_account_id = '{wallet}'
        """,
        {declared.TransfersHaveTheirAccounts},
    ),
    (
        "UPDATE allowance SET taken = taken_max + 1 WHERE key LIKE 'invariant/%'",
        {declared.AllowancesAreAwards},
    ),
    (
        "INSERT INTO allowance VALUES ('invariant/unheard of', 9999999, 9999999, 0)",
        {declared.AllowancesAreAwards},
    ),
]


@pytest.mark.parametrize(("harm", "noticed"), HARM)
async def test_harm_is_noticed(
    unguarded: Connection, harm: str, noticed: set[type[Invariant]]
) -> None:
    wallet = await some_history(Book(unguarded))
    assert await broken(unguarded) == set()

    await unguarded.execute(harm.format(wallet=wallet, house=HOUSE, issuance=ISSUANCE))

    assert await broken(unguarded) == noticed


async def some_history(book: Book) -> str:
    """Have something of everything in the book; returns the wallet it is in."""
    [anna] = await book.people(1, coins=100)
    posted, voided, kept = uuid7(), uuid7(), uuid7()
    await book.post([award(anna, cap=Cap(f"invariant/{anna}", 1)), spend(anna, 3)])
    await book.post([hold(anna, 5, id=found) for found in (posted, voided, kept)])
    await book.post([post_hold(posted, 2)], [void_hold(voided)])
    return str(wallet_account(anna))


def test_every_invariant_says_what_holds() -> None:
    for invariant in invariants_of([declared]):
        assert invariant.sentence.endswith(".")
