"""Tables are what the code says they are, and no moment in them comes from the database's clock."""

import ast
import importlib
import re

import asyncpg
import pytest
from piccolo.columns import Column
from piccolo.columns.column_types import Date, Time, Timestamp, Timestamptz
from piccolo.table import Table

from backend import rooms
from tests.support.servers import Servers
from tests.tidy.sources import ROOT, files, in_rooms, place, room_of

COLUMNS = """
SELECT a.attname AS name, a.attnotnull OR t.typnotnull AS required,
       format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END,
                   CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS type
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
DEFAULTS = """
SELECT c.relname || '.' || a.attname AS place, pg_get_expr(d.adbin, d.adrelid) AS text
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'migration'
"""
OF_PICCOLO = {"xid8": "bigint"}
"""Types of PostgreSQL for which Piccolo has no word, and the one it takes instead."""
CLOCK = re.compile(r"now\(|current_|clock_timestamp|statement_timestamp|localtime", re.IGNORECASE)
INEXACT = re.compile(r"::\s*(float|real|double|money)|double precision|float[48]", re.IGNORECASE)


def all_tables() -> list[type[Table]]:
    """List the tables of the engine and of all rooms."""
    places = [importlib.import_module("backend.persistence.tables"), *rooms.modules("tables")]
    return [table for module in places for table in module.APP_CONFIG.table_classes]


def _type_of(column: Column) -> str:
    """Write a column's type as PostgreSQL writes it."""
    written = str(column.column_type).lower()
    written = written.replace("varchar", "character varying")
    return {"timestamptz": "timestamp with time zone"}.get(written, written)


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table._meta.tablename)  # noqa: SLF001
async def test_a_table_has_the_columns_the_code_says(servers: Servers, table: type[Table]) -> None:
    said = {
        column._meta.db_column_name: (_type_of(column), not column._meta.null)  # noqa: SLF001
        for column in table._meta.columns  # noqa: SLF001
    }
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        rows = await connection.fetch(COLUMNS, f'"{table._meta.tablename}"')  # noqa: SLF001
    finally:
        await connection.close()
    found = {
        row["name"]: (OF_PICCOLO.get(row["type"], row["type"]), row["required"]) for row in rows
    }
    assert found == said


async def test_no_column_is_filled_by_the_databases_clock(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        rows = await connection.fetch(DEFAULTS)
    finally:
        await connection.close()
    assert rows, "some columns have defaults"
    assert [row["place"] for row in rows if CLOCK.search(row["text"])] == []


def test_no_table_fills_a_moment_by_itself() -> None:
    wrong = [
        f"{table.__name__}.{column._meta.name}"  # noqa: SLF001
        for table in all_tables()
        for column in table._meta.columns  # noqa: SLF001
        if isinstance(column, Date | Time | Timestamp | Timestamptz)
        and column.get_default_value() is not None
    ]
    assert not wrong, "say default=None: a moment comes from the turn"


def _is_path(division: ast.BinOp) -> bool:
    """Tell a path from a quotient: something is put below a folder."""
    return isinstance(division.right, ast.Constant) and isinstance(division.right.value, str)


def test_money_is_never_inexact() -> None:
    wrong = [
        f"{place(module.path)}:{node.lineno}"
        for module in in_rooms()
        if room_of(module.name) == "ledger"
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _is_path(node))
    ]
    migrations = [path for path in files() if (ROOT / "migrations" / "ledger") in path.parents]
    assert migrations
    wrong += [place(path) for path in migrations if INEXACT.search(path.read_text())]
    assert not wrong
