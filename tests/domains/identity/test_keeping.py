"""What is kept: the tables are as declared, and no token or password stands in any of them."""

import secrets
from typing import Any

import pytest
from redis.asyncio import Redis

from backend.domains.identity.tables import APP_CONFIG
from backend.domains.identity.tokens import TokenKind, hash_of, new_salt, new_token, successor_of
from backend.persistence.columns import quoted
from tests.domains.identity.door import PASSWORD, Door, Owner


async def everything(owner: Owner) -> str:
    """Read every row of every table, and what its bytes say."""
    tables = await owner.fetch(
        "SELECT format('SELECT t::text AS said FROM %I.%I AS t', schemaname, tablename) AS query "
        "FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = [row["said"] for table in tables for row in await owner.fetch(table["query"])]
    return "\n".join(rows)


async def test_tokens_and_passwords_are_kept_as_hashes_only(
    door: Door, owner: Owner, redis: Redis
) -> None:
    first = await door.sign_up()
    second = (await door.refresh(first["refresh_token"])).json()
    ticket = (await door.post("ticket", token=second["access_token"])).json()["ticket"]
    wrong = {"email": "anna@example.org", "password": "almost right"}
    await door.post("sign-in", json=wrong)

    kept = await everything(owner)
    for key in await redis.keys():
        kept += f"\n{key!r} {await redis.get(key)!r}"

    assert "anna@example.org" in kept, "what is searched for would be found"
    ticket_hash = hash_of(ticket, TokenKind.TICKET)
    assert ticket_hash
    assert ticket_hash.hex() in kept
    told = [first["access_token"], first["refresh_token"], ticket]
    for secret in [*told, second["access_token"], second["refresh_token"], PASSWORD, "almost"]:
        bare = secret[4:] if secret.startswith("td") else secret
        assert bare not in kept
        assert bare.encode().hex() not in kept


async def test_tables_are_as_the_migration_made_them(owner: Owner) -> None:
    for table in APP_CONFIG.table_classes:
        rows = await owner.fetch(
            "SELECT column_name, is_nullable = 'YES' AS is_null, data_type, "
            "character_maximum_length AS length, column_default AS standard "
            "FROM information_schema.columns WHERE table_name = $1",
            quoted(table).strip('"'),
        )
        made = {row["column_name"]: row for row in rows}
        declared = {column._meta.db_column_name: column for column in table._meta.columns}  # noqa: SLF001 - Piccolo's way to reflect on a table
        assert made.keys() == declared.keys()
        for name, column in declared.items():
            row: Any = made[name]
            assert row["standard"] is None, f"{name}: what is written is said, never assumed"
            assert row["is_null"] is column._meta.null, name  # noqa: SLF001
            assert row["length"] == getattr(column, "length", None), name
            kind = column.column_type.lower().replace("timestamptz", "timestamp with time zone")
            assert row["data_type"].startswith(kind.partition("(")[0].replace("varchar", "char")), (
                name
            )


def test_a_successor_needs_both_the_token_and_the_salt() -> None:
    shown, salt = new_token(TokenKind.REFRESH), new_salt()
    successor = successor_of(shown, TokenKind.REFRESH, salt)
    assert successor == successor_of(shown, TokenKind.REFRESH, salt)
    others = {
        successor_of(shown, TokenKind.ACCESS, salt)[4:],
        successor_of(shown, TokenKind.REFRESH, new_salt())[4:],
        successor_of(new_token(TokenKind.REFRESH), TokenKind.REFRESH, salt)[4:],
        shown[4:],
    }
    assert successor[4:] not in others
    assert len(others) == 4
    assert hash_of(successor, TokenKind.REFRESH)
    assert hash_of(successor, TokenKind.ACCESS) is None


@pytest.mark.parametrize("kind", list(TokenKind))
def test_tokens_are_random_and_say_what_they_are(kind: TokenKind) -> None:
    made = {new_token(kind) for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(token.startswith(kind) and hash_of(token, kind) for token in made)
    assert hash_of(kind + secrets.token_urlsafe(31), kind) is None
