"""What is taken out of a log line, met with real errors of a real database."""

from typing import Annotated

import asyncpg
import msgspec
import pytest

from backend.observability.hiding import HIDDEN, hide, safe_text, trace
from protocol.marks import PRIVATE
from tests.support.servers import Servers

SECRET = "nobody may read this"  # noqa: S105 - it stands for what people write


class Said(msgspec.Struct):
    """A message with something private in it."""

    mood: Annotated[str, PRIVATE]
    day: str


async def _error(servers: Servers, statement: str, *values: object) -> Exception:
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        await connection.execute("CREATE TEMP TABLE t (note text UNIQUE, n int)")
        await connection.execute("INSERT INTO t VALUES ($1)", SECRET)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as caught:
            await connection.execute(statement, *values)
    finally:
        await connection.close()
    return caught.value


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("INSERT INTO t VALUES ($1)", SECRET),
        ("INSERT INTO t (n) VALUES ($1)", SECRET),
        ("INSERT INTO t (n) SELECT unnest($1::int[])", [SECRET]),
    ],
)
async def test_what_the_database_quotes_of_a_row_is_not_logged(
    servers: Servers, statement: str, value: object
) -> None:
    problem = await _error(servers, statement, value)
    assert SECRET in str(problem)
    assert SECRET not in safe_text(problem)
    line = hide(None, "warning", {"event": "refused", "problem": str(problem), "again": [problem]})
    assert SECRET not in str(line)
    assert len(safe_text(problem)) > 10


async def test_a_trace_shows_where_it_happened_and_nothing_else(servers: Servers) -> None:
    problem = await _error(servers, "INSERT INTO t VALUES ($1)", SECRET)
    try:
        raise RuntimeError("the batch failed") from problem
    except RuntimeError as caught:
        line = trace(None, "error", {"event": "failed", "exc_info": caught})
    assert "which led to" in line["exception"]
    assert "test_hiding.py" in line["exception"]
    assert "UniqueViolationError" in line["exception"]
    assert SECRET not in line["exception"]


def test_messages_are_shown_without_their_private_fields() -> None:
    said = Said(mood=SECRET, day="monday")
    line = hide(None, "info", {"event": "said", "message": said, "all": [{"of": said}]})
    assert SECRET not in str(line)
    assert line["message"]["day"] == "monday"


@pytest.mark.parametrize("name", ["token", "Authorization", "password"])
def test_secrets_are_hidden_by_their_name(name: str) -> None:
    assert hide(None, "info", {"event": "in", name: SECRET})[name] == HIDDEN
