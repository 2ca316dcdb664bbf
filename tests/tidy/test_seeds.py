"""docs/seeds.md names tables, columns and routes that are there."""

import re
from pathlib import Path

from backend.assembly import create_app
from backend.settings import Settings
from tests.tidy.test_tables import all_tables

PAGE = (Path(__file__).parents[2] / "docs" / "seeds.md").read_text(encoding="utf-8")
_COLUMN = re.compile(r"`([a-z_]+)\.([a-z0-9_]+)`")
_ROUTE = re.compile(r"`(GET|POST|DELETE) (/v1/[^`]+)`")
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
COMMANDS = {"reminders.set", "payments.payment_changed"}


def test_each_column_it_names_is_there() -> None:
    known = {
        f"{table._meta.tablename}.{column._meta.db_column_name}"  # noqa: SLF001
        for table in all_tables()
        for column in table._meta.columns  # noqa: SLF001
    }
    named = {f"{table}.{column}" for table, column in _COLUMN.findall(PAGE)} - COMMANDS
    assert len(named) > 40
    assert named - known == set()


def test_each_route_it_names_is_there() -> None:
    app = create_app(Settings(database_url="postgresql://nobody@localhost/nothing"))
    named = {path for _, path in _ROUTE.findall(PAGE)}
    known = {route.path for route in app.routes}
    assert {path for path in named if path not in known} <= {"/v1/wallets/usd/entries"}


def test_each_column_of_a_seed_says_where_it_is() -> None:
    said = [(name, where) for name, where, _ in _ROW.findall(PAGE) if name not in {"Column", "---"}]
    assert len(said) > 40
    assert [name for name, where in said if not where.strip()] == []
