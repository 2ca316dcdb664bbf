"""Columns as arrays: how many rows of a table travel in one statement.

A row set is sent column by column and taken apart by `unnest`. What the columns are is read from
Piccolo's own metadata of the table. Array columns travel as JSON, because `unnest` would flatten
them silently.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import msgspec
from piccolo.columns import JSON, Array, Column, Secret, Text, Varchar
from piccolo.table import Table


class RowStatement(NamedTuple):
    """A statement about any number of rows, which come as one array a column."""

    text: str
    """With `{rows}` where the arrays are unnested."""
    types: tuple[str, ...]

    def numbered(self, first: int) -> str:
        """Write it with its parameters numbered from `first` on."""
        arrays = (f"${place}::{type_}[]" for place, type_ in enumerate(self.types, first))
        return self.text.format(rows=f"unnest({', '.join(arrays)})")


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """How one column travels: the type of the array, how it is read back, how a value is sent."""

    name: str
    carried_as: str
    read_as: str
    """An expression of the alias `u` that gives the column's own type."""
    send: Callable[[Any], Any] | None


@cache
def forms_of(table: type[Table]) -> dict[str, ColumnForm]:
    """Describe every column of a table."""
    return {column._meta.db_column_name: _form(column) for column in table._meta.columns}  # noqa: SLF001 - Piccolo's documented way to reflect on a table


def _form(column: Column) -> ColumnForm:
    name = column._meta.db_column_name  # noqa: SLF001
    if isinstance(column, Array):
        element = column.base_column.column_type
        read_as = f"ARRAY(SELECT jsonb_array_elements_text(u.{name}::jsonb))::{element}[]"
        return ColumnForm(
            name, "text", f"CASE WHEN u.{name} IS NULL THEN NULL ELSE {read_as} END", _as_json
        )
    if isinstance(column, JSON):
        return ColumnForm(name, "text", f"u.{name}::{column.column_type}", _as_json)
    if isinstance(column, Varchar | Text | Secret):
        return ColumnForm(name, "text", f"u.{name}", None)
    return ColumnForm(name, column.column_type.lower(), f"u.{name}", None)


def _as_json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


@cache
def insert_statement(table: type[Table], names: tuple[str, ...]) -> RowStatement:
    """Write the statement that inserts rows of a table."""
    forms = forms_of(table)
    columns = ", ".join(names)
    reads = ", ".join(forms[name].read_as for name in names)
    return RowStatement(
        f"INSERT INTO {quoted(table)} ({columns}) SELECT {reads} "  # noqa: S608 - names are ours
        f"FROM {{rows}} AS u({columns})",
        _types(forms, names),
    )


@cache
def update_statement(
    table: type[Table], keys: tuple[str, ...], names: tuple[str, ...]
) -> RowStatement:
    """Write the statement that changes rows, found by their keys."""
    forms = forms_of(table)
    sets = ", ".join(f"{name} = {forms[name].read_as}" for name in names)
    return RowStatement(
        f"UPDATE {quoted(table)} AS t SET {sets} "  # noqa: S608
        f"FROM {{rows}} AS u({', '.join([*keys, *names])}) WHERE {_matches(keys)}",
        _types(forms, [*keys, *names]),
    )


@cache
def delete_statement(table: type[Table], keys: tuple[str, ...]) -> RowStatement:
    """Write the statement that removes rows, found by their keys."""
    return RowStatement(
        f"DELETE FROM {quoted(table)} AS t "  # noqa: S608
        f"USING {{rows}} AS u({', '.join(keys)}) WHERE {_matches(keys)}",
        _types(forms_of(table), keys),
    )


def quoted(table: type[Table]) -> str:
    """Name a table so that reserved words (`user`, `order`) may be names."""
    return f'"{table._meta.tablename}"'  # noqa: SLF001


def arrays(
    table: type[Table], names: Sequence[str], rows: Sequence[dict[str, Any]]
) -> list[list[Any]]:
    """Turn rows into one array a column."""
    forms = forms_of(table)
    made = []
    for name in names:
        send = forms[name].send
        values = [row.get(name) for row in rows]
        made.append(values if send is None else [send(value) for value in values])
    return made


def _types(forms: dict[str, ColumnForm], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(forms[name].carried_as for name in names)


def _matches(keys: Sequence[str]) -> str:
    return " AND ".join(f"t.{key} = u.{key}" for key in keys)
