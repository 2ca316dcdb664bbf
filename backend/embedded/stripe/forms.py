"""Stripe's requests: forms whose names have brackets, read into what their operation takes."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from backend.embedded.stripe.errors import ApiError, invalid

FIELDS_MAX = 1_000
DEPTH_MAX = 6
_PART = re.compile(r"\[([^\[\]]*)\]")
_WRONG = re.compile(r"^(?P<what>.*?)(?: - at `\$?\.?(?P<where>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"Object (missing required|contains unknown) field `([^`]+)`")


class Params(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an operation takes; whatever else is sent is refused, as Stripe does."""


P = TypeVar("P", bound=Params)


class NoParams(Params, kw_only=True):
    """Nothing is taken."""


def read_form(text: str) -> dict[str, Any]:
    """Read `a[b][0]=c` as {"a": {"b": ["c"]}}. Raises ApiError."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise invalid("The request has too many parameters.") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        first, _, _ = name.partition("[")
        _place(tree, [first, *_PART.findall(name)], value)
    return {name: _listed(name, value) for name, value in tree.items()}


def _place(tree: dict[str, Any], path: list[str], value: str) -> None:
    if len(path) > DEPTH_MAX:
        raise invalid(f"Invalid {path[0]}", "parameter_invalid", param=path[0])
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            raise invalid(f"Invalid {part}", "parameter_invalid", param=part)
        tree = inner
    # `expand[]` comes as often as it has values.
    tree[path[-1] or str(len(tree))] = value


def _listed(name: str, value: Any) -> Any:
    """Make a list of what is numbered; metadata has whatever keys its maker wanted."""
    if not isinstance(value, dict) or name == "metadata":
        return value
    found = {name: _listed(name, inner) for name, inner in value.items()}
    if found and all(name.isdecimal() for name in found):
        return [found[name] for name in sorted(found, key=int)]
    return found


def as_params(fields: dict[str, Any], kind: type[P]) -> P:
    """Read fields into what an operation takes. Raises ApiError."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as problem:
        raise _as_error(str(problem)) from None


def _as_error(said: str) -> ApiError:
    found = _WRONG.match(said)
    what, where = (found["what"], found["where"] or "") if found else (said, "")
    named = _NAMED.match(what)
    if named is None:
        param = _bracketed(where)
        return invalid(f"Invalid {param}: {what}", "parameter_invalid", param=param)
    param = _bracketed(f"{where}.{named[2]}" if where else named[2])
    if named[1] == "missing required":
        return invalid(f"Missing required param: {param}.", "parameter_missing", param=param)
    return unknown(param)


def unknown(param: str) -> ApiError:
    """Make the error for something that nobody takes here."""
    return invalid(
        f"Received unknown parameter: {param} (to Tandem's stand-in for Stripe)",
        "parameter_unknown",
        param=param,
    )


def _bracketed(path: str) -> str:
    """Write `a.b[0]` as Stripe names it: `a[b][0]`."""
    first, *rest = path.replace("[", ".").replace("]", "").split(".")
    return first + "".join(f"[{part}]" for part in rest)


def merged_metadata(before: dict[str, str], told: dict[str, str] | str | None) -> dict[str, str]:
    """Change metadata as Stripe does: an empty value takes a key away, an empty string all."""
    if told is None:
        return before
    if isinstance(told, str):
        return {}
    return {key: value for key, value in {**before, **told}.items() if value != ""}
