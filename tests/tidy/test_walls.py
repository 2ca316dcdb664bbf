"""The walls between rooms and inside them; who may import whom at large says pyproject.toml."""

from tests.tidy.sources import (
    Module,
    file_of,
    imported_by,
    in_rooms,
    modules,
    place,
    room_of,
)

FLOORS = {
    "messages": 0,
    "tells": 0,
    "rules": 1,
    "tables": 2,
    "store": 2,
    "actor": 3,
    "routes": 3,
    "jobs": 3,
    "privacy": 3,
    "reactions": 3,
    "invariants": 3,
}
"""The fixed files of a room; each may use those on its own floor and below."""


def _reached_within(room: str, module: Module) -> set[str]:
    """List the files of its room a module needs, directly or through others."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        for name in imported_by(waiting.pop()):
            if room_of(name) == room and name not in reached:
                reached.add(name)
                waiting.append(modules()[name])
    return reached


def test_a_room_builds_upwards_from_messages_to_rules_to_tables_to_what_acts() -> None:
    wrong = [
        f"{place(module.path)} needs {file_of(name)}.py"
        for module in in_rooms()
        if (floor := FLOORS.get(file_of(module.name))) is not None
        for name in _reached_within(room_of(module.name) or "", module)
        if FLOORS.get(file_of(name), 0) > floor
    ]
    assert not wrong


def test_a_room_does_not_enter_itself_through_its_own_door() -> None:
    wrong = [
        place(module.path)
        for module in in_rooms()
        if not module.is_package
        and f"backend.domains.{room_of(module.name)}" in imported_by(module)
    ]
    assert not wrong, "inside a room, import the file that has it, not the room"


def test_a_room_is_used_by_its_functions_and_its_messages_only() -> None:
    wrong = [
        f"{place(module.path)} imports {name}"
        for module in modules().values()
        for name in imported_by(module)
        if (room := room_of(name)) is not None
        and room != room_of(module.name)
        and file_of(name) not in {"__init__", "messages", "tells"}
    ]
    assert not wrong


def test_the_language_and_the_actors_name_no_room() -> None:
    wrong = [
        f"{place(module.path)} imports {name}"
        for module in modules().values()
        if module.name.partition(".")[0] in {"protocol", "actors"}
        for name in imported_by(module)
        if name.startswith("backend")
    ]
    assert not wrong
