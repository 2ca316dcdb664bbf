"""Handlers and rules are pure: what they reach never waits, looks at a clock or draws lots.

Followed by name, function by function, from every handler and every function of `actor.py`,
`rules.py` and `reactions.py` into other files and, by the functions they offer, into other rooms.
"""

import ast
from collections.abc import Iterator
from functools import cache

from tests.tidy.sources import Module, file_of, in_rooms, module_of, modules, place

Function = ast.FunctionDef | ast.AsyncFunctionDef
PURE = {"actor", "rules", "reactions"}
DECIDE = {"handles", "hears", "evolves", "reacts"}
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
}
LOTS = ("random.", "secrets.", "os.urandom", "uuid.uuid1", "uuid.uuid4", "protocol.ids.uuid7")


@cache
def _functions_of(name: str) -> dict[str, Function]:
    """List the functions of a module, and the methods of its classes as `Class.method`."""
    found: dict[str, Function] = {}
    for node in modules()[name].tree.body:
        if isinstance(node, Function):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    found[f"{node.name}.{inner.name}"] = inner
    return found


def _full_names(function: Function, module: Module) -> Iterator[tuple[str, int]]:
    """List what a function mentions, by full name, and where."""
    for node in ast.walk(function):
        dotted = _dotted(node)
        if dotted:
            first, dot, rest = dotted.partition(".")
            own = f"{module.name}.{first}" if first in _functions_of(module.name) else None
            start = module.imports.get(first) or own
            if start:
                yield f"{start}{dot}{rest}", getattr(node, "lineno", 0)


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    return None


def _defined(full_name: str) -> tuple[str, str] | None:
    """Find the module and the function a full name leads to, through what rooms offer."""
    for _ in range(5):
        module = module_of(full_name)
        if module is None:
            return None
        rest = full_name.removeprefix(module).lstrip(".")
        if rest in _functions_of(module):
            return module, rest
        first, dot, after = rest.partition(".")
        onward = modules()[module].imports.get(first)
        if onward is None:
            return None
        full_name = f"{onward}{dot}{after}"
    return None


def _reached() -> dict[tuple[str, str], str]:
    """Find every function pure files reach, and by which way."""
    reached: dict[tuple[str, str], str] = {}
    waiting = [
        ((module.name, function), module.name)
        for module in in_rooms()
        for function, node in _functions_of(module.name).items()
        if file_of(module.name) in PURE or _decides(node)
    ]
    while waiting:
        found, way = waiting.pop()
        if found in reached:
            continue
        reached[found] = way
        name, function = found
        for full_name, _ in _full_names(_functions_of(name)[function], modules()[name]):
            target = _defined(full_name)
            if target and target[0].startswith("backend.domains."):
                waiting.append((target, f"{way} → {target[0]}.{target[1]}"))
    return reached


def _decides(function: Function) -> bool:
    """Tell whether a decorator makes it a handler of a Part."""
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in DECIDE
        for decorator in function.decorator_list
    )


def _faults(name: str, function: Function) -> Iterator[str]:
    if isinstance(function, ast.AsyncFunctionDef):
        yield "waits"
    for full_name, line in _full_names(function, modules()[name]):
        if full_name in CLOCKS:
            yield f"reads a clock in line {line}"
        elif full_name.startswith(LOTS):
            yield f"draws lots in line {line}"


def test_what_handlers_and_rules_reach_is_pure() -> None:
    wrong = [
        f"{place(modules()[name].path)}: {function} {fault} (reached by {way})"
        for (name, function), way in _reached().items()
        for fault in _faults(name, _functions_of(name)[function])
    ]
    assert not wrong


def test_the_search_reaches_from_a_handler_through_the_store_into_another_room() -> None:
    reached = {f"{name}.{function}" for name, function in _reached()}
    assert "backend.domains.journal.store.add_mood" in reached
    assert "backend.domains.notifications.store.tell" in reached
