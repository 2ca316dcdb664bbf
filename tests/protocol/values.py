"""Values of any message type, made from its declaration by Hypothesis."""

import re
from collections.abc import Callable
from datetime import UTC
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as shapes

INT_64 = 2**63 - 1
ITEMS_MAX = 3


@cache
def messages_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Make messages of a type that keep to every limit it declares.

    Each time anew, Hypothesis would work out the same for minutes on a busy machine.
    """
    shape = shapes.type_info(kind)
    return _STRATEGIES[type(shape)](shape)


def _struct(shape: Any) -> st.SearchStrategy[Any]:
    fields = {field.name: _field(field) for field in shape.fields}
    return st.fixed_dictionaries(fields).map(lambda values: shape.cls(**values))


def _field(field: shapes.Field) -> st.SearchStrategy[Any]:
    strategy = _any(field.type)
    may_be_left_out = field.default is None or field.default is msgspec.UNSET
    return st.just(field.default) | strategy if may_be_left_out else strategy


def _any(shape: shapes.Type) -> st.SearchStrategy[Any]:
    return _STRATEGIES[type(shape)](shape)


def _integers(shape: Any) -> st.SearchStrategy[int]:
    low = shape.ge if shape.ge is not None else -INT_64
    high = shape.le if shape.le is not None else INT_64
    return st.integers(low, high)


def _texts(shape: Any) -> st.SearchStrategy[str]:
    low, high = shape.min_length or 0, shape.max_length
    if shape.pattern is None:
        characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
        return st.text(characters, min_size=low, max_size=min(high or 40, 40))
    found = re.compile(shape.pattern)
    return st.from_regex(found, alphabet=st.characters(exclude_categories=["Cs"])).filter(
        lambda text: low <= len(text) <= (high or len(text)) and "\0" not in text
    )


def _unions(shape: Any) -> st.SearchStrategy[Any]:
    travelling = [one for one in shape.types if not _is_unset(one)]
    return st.one_of(*(_any(one) for one in travelling))


def _is_unset(shape: shapes.Type) -> bool:
    return isinstance(shape, shapes.CustomType) and shape.cls is msgspec.UnsetType


def _lists(shape: Any) -> st.SearchStrategy[Any]:
    low, high = _sizes(shape)
    return st.lists(_any(shape.item_type), min_size=low, max_size=high)


def _tuples(shape: Any) -> st.SearchStrategy[Any]:
    return _lists(shape).map(tuple)


def _objects(shape: Any) -> st.SearchStrategy[Any]:
    low, high = _sizes(shape)
    keys, values = _any(shape.key_type), _any(shape.value_type)
    return st.dictionaries(keys, values, min_size=low, max_size=high)


def _sizes(shape: Any) -> tuple[int, int]:
    """Say how few and how many there are of something."""
    return shape.min_length or 0, min(shape.max_length or ITEMS_MAX, ITEMS_MAX)


_STRATEGIES: dict[type[shapes.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    shapes.NoneType: lambda _shape: st.none(),
    shapes.BoolType: lambda _shape: st.booleans(),
    shapes.IntType: _integers,
    shapes.StrType: _texts,
    shapes.UUIDType: lambda _shape: st.uuids(),
    shapes.DateTimeType: lambda _shape: st.datetimes(timezones=st.just(UTC)),
    shapes.DateType: lambda _shape: st.dates(),
    shapes.EnumType: lambda shape: st.sampled_from(list(shape.cls)),
    shapes.LiteralType: lambda shape: st.sampled_from(shape.values),
    shapes.UnionType: _unions,
    shapes.TupleType: lambda shape: st.tuples(*map(_any, shape.item_types)),
    shapes.ListType: _lists,
    shapes.VarTupleType: _tuples,
    shapes.DictType: _objects,
    shapes.StructType: _struct,
}
