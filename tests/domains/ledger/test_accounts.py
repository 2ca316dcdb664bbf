"""The ids of accounts, and that the migration made what the code says."""

from uuid import UUID

from backend.domains.ledger import Asset, Purpose, house_account, open_wallets, wallet_account
from backend.domains.ledger.tables import APP_CONFIG
from tests.domains.ledger.book import NOW, Book


async def test_every_account_of_the_house_is_where_the_code_looks_for_it(book: Book) -> None:
    rows = await book.connection.fetch(
        "SELECT id, asset, purpose FROM account WHERE owner_id IS NULL"
    )

    assert {(row["id"], row["asset"], row["purpose"]) for row in rows} == {
        (house_account(asset, purpose), asset.value, purpose.value)
        for asset in Asset
        for purpose in Purpose
    }


async def test_a_wallet_is_found_by_its_owner_and_asset(book: Book) -> None:
    [anna] = await book.people(1)

    rows = await book.connection.fetch("SELECT id, asset FROM account WHERE owner_id = $1", anna)

    assert {(row["id"], row["asset"]) for row in rows} == {
        (wallet_account(anna, asset), asset.value) for asset in Asset
    }


def test_the_id_of_a_wallet_never_changes() -> None:
    anna = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

    assert wallet_account(anna, "coin") == UUID("85bcc204-698d-56ab-a081-a1c119774477")


async def test_opening_wallets_again_leaves_them_as_they_are(book: Book) -> None:
    [anna] = await book.people(1, coins=7)

    await open_wallets(book.connection, [anna], NOW)

    assert await book.coins(anna) == 7


async def test_the_tables_in_the_code_have_the_columns_of_the_database(book: Book) -> None:
    for table in APP_CONFIG.table_classes:
        rows = await book.connection.fetch(
            "SELECT column_name, is_nullable FROM information_schema.columns "
            "WHERE table_name = $1 AND table_schema = 'public'",
            table._meta.tablename,  # noqa: SLF001
        )
        assert {row["column_name"]: row["is_nullable"] == "YES" for row in rows} == {
            column._meta.db_column_name: column._meta.null  # noqa: SLF001
            for column in table._meta.columns  # noqa: SLF001
        }
