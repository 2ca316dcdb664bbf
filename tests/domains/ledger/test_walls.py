"""What the database refuses whoever asks: a bug above it cannot break the book."""

import asyncpg
import pytest

from backend.domains.ledger import wallet_account
from backend.domains.ledger.tables import TransferRow
from backend.persistence.guards import Connection
from protocol.ids import uuid7
from tests.domains.ledger.book import Book, hold

TABLES = ("account", "transfer", "hold", "allowance", "roll_up")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "UPDATE {table} SET {column} = {column}",
        "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}",
    ],
)
async def test_the_application_can_only_read_tables(book: Book, table: str, statement: str) -> None:
    column = {"transfer": "reference", "hold": "expires_at", "roll_up": "rolled_to"}
    column |= {"account": "version", "allowance": "taken"}

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await book.connection.execute(statement.format(table=table, column=column[table]))


@pytest.mark.parametrize(
    "call",
    [
        f"ledger_apply({', '.join(['NULL'] * 13)})",
        "ledger_take(NULL, NULL, NULL)",
        "ledger_add_to_house(0, 1)",
        "refuse_change()",
    ],
)
async def test_the_application_can_only_call_what_keeps_the_rules(book: Book, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await book.connection.execute(f"SELECT {call}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfer SET reference = 'changed'",
        "DELETE FROM transfer",
        "TRUNCATE transfer",
        "DELETE FROM account",
        "TRUNCATE account",
        "UPDATE account SET owner_id = NULL",
        "UPDATE account SET floor_minor = -1000",
        """
        INSERT INTO account (id, asset, purpose, floor_minor, opened_at)
        VALUES (gen_random_uuid(), 'coin', 'wallet', 0, now())
        """,
        """
        INSERT INTO account (id, owner_id, asset, purpose, opened_at)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'coin', 'wallet', now())
        """,
    ],
)
async def test_not_even_the_owner_changes_what_is_in_the_book(
    book: Book, owner: Connection, statement: str
) -> None:
    await book.people(1, coins=1)

    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute(statement)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("debits_posted = credits_posted + 1", "account_floor"),
        ("debits_pending = credits_posted + 1", "account_floor"),
        ("credits_posted = -1", "ledger_counter_check"),
    ],
)
async def test_no_balance_goes_below_its_floor_whoever_writes_it(
    book: Book, owner: Connection, change: str, constraint: str
) -> None:
    [anna] = await book.people(1, coins=3)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await owner.execute(
            f"UPDATE account SET {change} WHERE id = $1",  # noqa: S608
            wallet_account(anna),
        )

    assert caught.value.constraint_name == constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"amount_minor": "0"}, "ledger_amount_check"),
        ({"asset": "'doubloon'"}, "ledger_asset_check"),
        ({"reason": "'because'"}, "ledger_reason_check"),
        ({"credit_account_id": "debit_account_id"}, "transfer_sides"),
        ({"phase": "'post'"}, "transfer_phase"),
        ({"released_minor": "1"}, "transfer_release"),
    ],
)
async def test_no_transfer_is_written_that_makes_no_sense(
    book: Book, owner: Connection, change: dict[str, str], constraint: str
) -> None:
    [anna] = await book.people(1, coins=3)
    held = uuid7()
    await book.post([hold(anna, 1, id=held)])
    names = [
        column._meta.db_column_name  # noqa: SLF001
        for column in TransferRow._meta.columns  # noqa: SLF001
        if column not in {TransferRow.number, TransferRow.id}
    ]
    values = ", ".join(change.get(name, name) for name in names)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await owner.execute(
            f"INSERT INTO transfer (id, {', '.join(names)}) "  # noqa: S608
            f"SELECT gen_random_uuid(), {values} FROM transfer WHERE id = $1",
            held,
        )

    assert caught.value.constraint_name == constraint


async def test_a_hold_is_ended_once_whoever_writes_it(book: Book, owner: Connection) -> None:
    [anna] = await book.people(1, coins=3)
    held = uuid7()
    await book.post([hold(anna, 1, id=held)])
    end = (
        "INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, "
        "released_minor, asset, phase, pending_id, reason, reference, created_at) "
        "SELECT gen_random_uuid(), debit_account_id, credit_account_id, 1, 1, asset, 'void', id, "
        "reason, reference, created_at FROM transfer WHERE id = $1"
    )
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(end, held)

    with pytest.raises(asyncpg.UniqueViolationError):
        await owner.execute(end, held)

    await transaction.rollback()
