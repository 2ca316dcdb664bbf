"""Types in words: what a field may hold, as a sentence for a person."""

from collections.abc import Callable
from typing import Any

from msgspec import inspect as shapes

from protocol.messages import Value
from protocol.refusals import Refused
from protocol.text import SAID

BOUND_OF_64_BITS = 2**63 - 1
MOMENT = "moment (RFC 3339, UTC)"
MOMENT_TOLD = "moment (RFC 3339, with `Z` or an offset)"


def describe(shape: shapes.Type) -> str:
    """Say what a value of this shape is, with its limits."""
    return _WORDS[type(shape)](shape)


def literals_of(shape: shapes.Type) -> list[Any]:
    """List the values an enumeration may have."""
    if isinstance(shape, shapes.EnumType):
        return [member.value for member in shape.cls]
    if isinstance(shape, shapes.LiteralType):
        return list(shape.values)
    return []


def _number(shape: Any) -> str:
    noun = "integer" if isinstance(shape, shapes.IntType) else "number"
    low = shape.ge if shape.ge is not None else shape.gt
    high = shape.le if shape.le is not None else shape.lt
    if high is not None and abs(high) >= BOUND_OF_64_BITS:
        high = None
    if low is not None and high is not None:
        return f"{noun} from {low:,} to {high:,}"
    if low is not None:
        return f"{noun}, at least {low:,}" if shape.gt is None else f"{noun} above {low:,}"
    if high is not None:
        return f"{noun}, at most {high:,}" if shape.lt is None else f"{noun} below {high:,}"
    return noun


def _size(shape: Any, noun: str, unit: str) -> str:
    low, high = shape.min_length, shape.max_length
    if low and high:
        return f"{noun} of {low:,} to {high:,} {unit}" if low != high else f"{noun} of {low} {unit}"
    if high is not None:
        return f"{noun}, at most {high:,} {unit}"
    return f"{noun}, at least {low:,} {unit}" if low else noun


def _text(shape: Any) -> str:
    said = _size(shape, "text", "characters")
    if shape.pattern in SAID:
        return f"{said}, {SAID[shape.pattern]}"
    return f"{said}, matching `{shape.pattern}`" if shape.pattern else said


def _one_of(shape: Any) -> str:
    return "one of " + ", ".join(f"`{value}`" for value in literals_of(shape))


def _union(shape: Any) -> str:
    ordered = sorted(shape.types, key=lambda one: isinstance(one, shapes.NoneType))
    return " or ".join(describe(one) for one in ordered)


def _array(shape: Any) -> str:
    return f"{_size(shape, 'list', 'items')}: {describe(shape.item_type)}"


def _mapping(shape: Any) -> str:
    said = _size(shape, "object", "entries")
    return f"{said}: {describe(shape.key_type)} → {describe(shape.value_type)}"


def _struct(shape: Any) -> str:
    if shape.cls is Refused:
        return "a [refusal](#refusals)"
    is_named = issubclass(shape.cls, Value) or shape.tag is None
    name = str(shape.cls.__name__ if is_named else shape.tag)
    return f"[{name}](#{name.lower().replace('.', '')})"


def _always(words: str) -> Callable[[Any], str]:
    return lambda _shape: words


_WORDS: dict[type[shapes.Type], Callable[[Any], str]] = {
    shapes.AnyType: _always("anything"),
    shapes.RawType: _always("object with a `type`"),
    shapes.NoneType: _always("null"),
    shapes.BoolType: _always("true or false"),
    shapes.IntType: _number,
    shapes.FloatType: _number,
    shapes.StrType: _text,
    shapes.UUIDType: _always("UUID"),
    shapes.DateTimeType: lambda shape: MOMENT_TOLD if shape.tz else MOMENT,
    shapes.DateType: _always("day (YYYY-MM-DD)"),
    shapes.EnumType: _one_of,
    shapes.LiteralType: _one_of,
    shapes.UnionType: _union,
    shapes.ListType: _array,
    shapes.VarTupleType: _array,
    shapes.DictType: _mapping,
    shapes.StructType: _struct,
}
"""The shapes that may stand in a message; another one fails here, and its author adds the words."""
