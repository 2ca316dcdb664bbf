"""Fields of messages as a reader wants to know them: name, type, limits, and what is said of it."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as shapes

from protocol.marks import marks_of
from protocol.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    name: str
    shape: shapes.Type
    is_required: bool
    note: str
    """The string that stands below its declaration."""
    mark: str
    """`private`, `secret` or nothing."""


def fields_of(kind: type[msgspec.Struct]) -> list[Field]:
    """List the fields of a message or a value, in the order of their declaration."""
    shape = shapes.type_info(kind)
    assert isinstance(shape, shapes.StructType)  # noqa: S101 - a Struct's shape is that of a Struct
    marked = marks_of(kind)
    notes = _notes_of(kind)
    return [
        Field(
            name=found.encode_name,
            shape=without_unset(found.type),
            is_required=found.required,
            note=notes.get(found.name, ""),
            mark=_mark(found.name in marked.secret, found.name in marked.private),
        )
        for found in shape.fields
    ]


def _mark(is_secret: bool, is_private: bool) -> str:  # noqa: FBT001
    return "secret" if is_secret else "private" if is_private else ""


def facts_of(refusal: type[Refusal]) -> type[msgspec.Struct]:
    """Make a type of a refusal's facts: refusals are exceptions, whose shape is not asked for."""
    hints = get_type_hints(refusal, include_extras=True)
    facts = [(name, hints[name]) for name in getattr(refusal, "__dataclass_fields__", {})]
    return msgspec.defstruct(f"{refusal.__name__}Facts", facts, kw_only=True, frozen=True)


def without_unset(shape: shapes.Type) -> shapes.Type:
    """Leave out "not said", which never travels."""
    if not isinstance(shape, shapes.UnionType):
        return shape
    left = tuple(one for one in shape.types if not _is_unset(one))
    return left[0] if len(left) == 1 else shapes.UnionType(left)


def _is_unset(shape: shapes.Type) -> bool:
    return isinstance(shape, shapes.CustomType) and shape.cls is msgspec.UnsetType


@cache
def _notes_of(kind: type) -> dict[str, str]:
    """Read the strings below field declarations, those of the bases too."""
    notes: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        notes.update(_notes_in(base))
    return notes


def _notes_in(kind: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return {}  # made while running, or of the interpreter: nobody wrote it down
    body: list[Any] = getattr(ast.parse(source).body[0], "body", [])
    notes = {}
    for declared, said in pairwise(body):
        if (
            isinstance(declared, ast.AnnAssign)
            and isinstance(declared.target, ast.Name)
            and isinstance(said, ast.Expr)
            and isinstance(said.value, ast.Constant)
            and isinstance(said.value.value, str)
        ):
            notes[declared.target.id] = " ".join(said.value.value.split())
    return notes
