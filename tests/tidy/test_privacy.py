"""Every column of every table is answered for: what of it people are given, and how it goes."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import asyncpg
import pytest

from backend import rooms
from backend.persistence.database import APPLICATION_ROLE
from backend.persistence.personal_data import (
    Export,
    Kept,
    PersonalData,
    Statement,
    Withheld,
    delete,
    overwrite,
)
from tests.support.servers import Servers
from tests.tidy.test_tables import all_tables

Columns = Mapping[str, frozenset[str]]
CATALOGUE = rooms.catalogue()
# Partitions are their tables; Piccolo's own and those that tests make are nobody's.
THERE = """
SELECT c.relname AS name, array_agg(a.attname) AS columns
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relname <> 'migration' AND c.relname NOT LIKE 'test\\_%'
GROUP BY c.relname
"""


@pytest.fixture
async def worker(servers: Servers) -> AsyncIterator[Any]:
    """A connection with the rights a worker has."""
    connection = await asyncpg.connect(servers.urls.app)
    await connection.execute(f"SET ROLE {APPLICATION_ROLE}")
    yield connection
    await connection.close()


@pytest.fixture
async def there(servers: Servers) -> Columns:
    """The columns there are, by their tables."""
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        rows = await connection.fetch(THERE)
    finally:
        await connection.close()
    assert len(rows) > 20
    return {row["name"]: frozenset(row["columns"]) for row in rows}


def unanswered(answers: Iterable[PersonalData], there: Columns) -> set[str]:
    """Name the columns of which nobody says what of them is exported, or how they go."""
    answers = list(answers)
    given = {found for answer in answers for found in (*_shown(answer), *_named(answer.withheld))}
    going = {found for answer in answers for found in _named(answer.kept)} | {
        (way.table, column)
        for answer in answers
        for way in answer.erasures
        for column in (way.columns if isinstance(way, Statement) else ()) or there[way.table]
    }
    columns = {(table, column) for table, names in there.items() for column in names}
    return {
        f"{table}.{column} {what}"
        for what, answered in (("of an export", given), ("of an erasure", going))
        for table, column in columns - answered
    }


def _shown(answer: PersonalData) -> set[tuple[str, str]]:
    """Name the columns that stand in a file."""
    return {(one.table, column) for one in answer.exports for column in one.exported}


def _named(said: Iterable[Withheld] | Iterable[Kept] | Iterable[Statement]) -> set[tuple[str, str]]:
    """Name the columns something is said of."""
    return {(one.table, column) for one in said for column in one.columns}


def _statements(answer: PersonalData) -> list[Statement]:
    return [way for way in answer.erasures if isinstance(way, Statement)]


def named(answer: PersonalData) -> set[tuple[str, str]]:
    """Name every column an answer mentions."""
    said = _named(answer.withheld) | _named(answer.kept) | _named(_statements(answer))
    return _shown(answer) | said


async def test_every_column_is_answered_for(there: Columns) -> None:
    assert unanswered(CATALOGUE.answers, there) == set()


async def test_no_answer_is_about_what_is_not_there(there: Columns) -> None:
    # What is read from elsewhere may have other names; that it can be read another test sees.
    elsewhere = {
        (one.table, name) for one in CATALOGUE.exports if one.source for name in one.exported
    }
    stale = {
        f"{table}.{column}"
        for answer in CATALOGUE.answers
        for table, column in named(answer) - elsewhere
        if column not in there.get(table, ())
    }
    stale |= {name for name, way in CATALOGUE.steps if way.table not in there}
    assert stale == set()


def test_every_room_answers_for_its_tables_and_for_no_others() -> None:
    tables = {
        room: {
            table._meta.tablename  # noqa: SLF001
            for table in all_tables()
            if table.__module__.startswith(f"backend.domains.{room}.")
        }
        for room in rooms.names()
    }
    assert set(CATALOGUE.by_room) == {"persistence", *rooms.names()}
    for room, own in tables.items():
        answer = CATALOGUE.by_room[room]
        assert {table for table, _ in named(answer)} | _erased_tables(answer) == own, room


def _erased_tables(answer: PersonalData) -> set[str]:
    return {way.table for way in answer.erasures}


def test_nothing_is_answered_both_ways() -> None:
    for room, answer in CATALOGUE.by_room.items():
        assert not _shown(answer) & _named(answer.withheld), room
        assert not _named(answer.kept) & _named(_statements(answer)), room
        kept = [(one.table, name) for one in answer.kept for name in one.columns]
        assert len(kept) == len(set(kept)), room


def test_no_secret_is_exported() -> None:
    secrets = {
        (table._meta.tablename, column._meta.db_column_name)  # noqa: SLF001
        for table in all_tables()
        for column in table._meta.columns  # noqa: SLF001
        if column._meta.secret  # noqa: SLF001
    }
    assert len(secrets) > 10
    assert not secrets & {found for answer in CATALOGUE.answers for found in _shown(answer)}


def test_files_have_names_of_their_own_and_say_what_they_are() -> None:
    names = [export.name for export in CATALOGUE.exports]
    assert len(names) == len(set(names)) > 15
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    reasons = [
        *(export.about for export in CATALOGUE.exports),
        *(withheld.why for withheld in CATALOGUE.withheld),
        *(kept.why for answer in CATALOGUE.answers for kept in answer.kept),
    ]
    assert [reason for reason in reasons if not reason.endswith(".") or len(reason) < 20] == []


@pytest.mark.parametrize("export", CATALOGUE.exports, ids=lambda export: export.name)
async def test_a_worker_can_read_each_file(worker: Any, export: Export) -> None:
    prepared = await worker.prepare(export.query)
    (parameter,) = prepared.get_parameters()
    assert parameter.name == "uuid"
    shown = [column.name for column in prepared.get_attributes()]
    assert len(shown) == len(set(shown))
    assert "bytea" not in {column.type.name for column in prepared.get_attributes()}
    numbers = [one.name for one in prepared.get_attributes() if one.type.name == "int8"]
    assert set(numbers) <= {"number", "target"} | {name for name in numbers if name.endswith(UNITS)}


UNITS = ("_minor", "_bytes", "_micros")
STATEMENTS = [(name, way) for name, way in CATALOGUE.steps if isinstance(way, Statement)]


@pytest.mark.parametrize(("name", "way"), STATEMENTS, ids=[name for name, _ in STATEMENTS])
async def test_a_worker_can_erase_with_each_statement(
    worker: Any, name: str, way: Statement
) -> None:
    del name
    prepared = await worker.prepare(way.sql)
    assert [parameter.name for parameter in prepared.get_parameters()] == ["uuid", "int8"]
    assert [column.name for column in prepared.get_attributes()] == ["touched"]
    nobody = "00000000-0000-0000-0000-000000000000"
    assert await prepared.fetchval(nobody, 10) == 0, "there is nobody of this id"


def test_what_others_are_looked_up_in_goes_last() -> None:
    assert list(CATALOGUE.by_room)[-1] == "identity"


def test_a_column_and_a_room_without_an_answer_are_noticed() -> None:
    there = {"thanks": frozenset({"id", "user_id", "thanks", "mood", "tea", "secret"})}
    whole = PersonalData(
        exports=(
            Export(
                name="thanks",
                about="What you thanked for.",
                table="thanks",
                columns=("t.id", "t.thanks AS said", "count(*) AS times"),
                also=("user_id",),
                whose="true",
                order="id",
            ),
        ),
        withheld=(Withheld(table="thanks", columns=("secret",), why="It is secret."),),
        erasures=(overwrite("thanks", "true", {"thanks": "''", "mood": "''"}),),
        kept=(Kept(table="thanks", columns=("id", "user_id"), why="They name nobody."),),
    )
    assert unanswered([whole], there) == {
        "thanks.mood of an export",
        "thanks.tea of an export",
        "thanks.tea of an erasure",
        "thanks.secret of an erasure",
    }
    gone = PersonalData(erasures=(delete("thanks", "true"),))
    assert unanswered([gone], there) == {f"thanks.{name} of an export" for name in there["thanks"]}
    assert unanswered([], there) == {
        f"thanks.{name} {what}"
        for name in there["thanks"]
        for what in ("of an export", "of an erasure")
    }
