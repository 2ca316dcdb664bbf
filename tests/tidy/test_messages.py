"""Messages say the whole truth of themselves, and keep to the rules of the language."""

import ast
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as shapes

from actors.repertoire import Repertoire
from backend import rooms
from backend.language import language
from protocol import frames, withdrawn
from protocol.closing import Closing
from protocol.common import COMMON
from protocol.marks import marks_of
from protocol.messages import Command
from protocol.rendering.closure import CLIENT_FRAMES, SERVER_FRAMES, spoken
from protocol.rendering.fields import facts_of, fields_of
from protocol.vocabulary import Vocabulary, tag_of
from tests.tidy.sources import file_of, in_rooms, modules, place

WORDS = Vocabulary.of([withdrawn, *rooms.words(), *rooms.modules("actor")])


def _unbounded(shape: Any, path: str) -> Iterator[str]:
    """List what of a shape has no limit."""
    if getattr(shape, "max_length", 0) is None:
        yield f"{path}: no limit of its length"
    if isinstance(shape, shapes.IntType | shapes.FloatType):
        if (shape.ge is None and shape.gt is None) or (shape.le is None and shape.lt is None):
            yield f"{path}: a number without limits"
    elif isinstance(shape, shapes.AnyType | shapes.RawType):
        yield f"{path}: anything at all"
    for inner, where in _inside(shape, path):
        yield from _unbounded(inner, where)


def _inside(shape: Any, path: str) -> Iterator[tuple[Any, str]]:
    """List the shapes inside a shape, and where they stand."""
    if isinstance(shape, shapes.UnionType):
        yield from ((one, path) for one in shape.types)
    elif isinstance(shape, shapes.ListType | shapes.VarTupleType | shapes.SetType):
        yield shape.item_type, f"{path}[]"
    elif isinstance(shape, shapes.DictType):
        yield shape.key_type, f"{path} keys"
        yield shape.value_type, f"{path} values"
    elif isinstance(shape, shapes.StructType):
        yield from ((field.shape, f"{path}.{field.name}") for field in fields_of(shape.cls))


def test_every_field_a_client_may_send_has_its_limit() -> None:
    sent = [*WORDS.asks.values(), *(frame for frame in CLIENT_FRAMES if frame is not frames.Call)]
    wrong = [
        said
        for kind in sent
        for field in fields_of(kind)
        for said in _unbounded(field.shape, f"{kind.__name__}.{field.name}")
    ]
    assert not wrong


def test_a_field_without_a_limit_would_be_found() -> None:
    class Loose(msgspec.Struct):
        text: str
        numbers: list[int]

    found = [said for field in fields_of(Loose) for said in _unbounded(field.shape, field.name)]
    assert found == [
        "text: no limit of its length",
        "numbers: no limit of its length",
        "numbers[]: a number without limits",
    ]


def test_every_pattern_reaches_to_the_very_end_of_the_text() -> None:
    """In Python `$` also matches before a last line break, which is then kept."""
    loose = [
        f"{place(module.path)}:{node.lineno}"
        for module in modules().values()
        if module.name.startswith("backend.")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword) and node.arg == "pattern"
        if isinstance(node.value, ast.Constant) and str(node.value.value).endswith("$")
    ]
    loose += [
        f"{ask.__name__}.{field.name}"
        for ask in WORDS.asks.values()
        for field in fields_of(ask)
        for shape in (field.shape, *(inner for inner, _ in _inside(field.shape, "")))
        if str(getattr(shape, "pattern", None) or "").endswith("$")
    ]
    assert not loose, "end the pattern with $(?!\\n)"


def test_every_message_value_and_refusal_says_what_it_is() -> None:
    kinds: list[type] = [
        *WORDS.asks.values(),
        *WORDS.answers.values(),
        *WORDS.tells.values(),
        *WORDS.refusals.values(),
        *COMMON,
        *spoken(language()).values(),
    ]
    wrong = [kind.__name__ for kind in kinds if not (vars(kind).get("__doc__") or "").strip()]
    assert not wrong


def test_every_refusals_sentence_names_only_its_facts() -> None:
    for refusal in [*COMMON, *WORDS.refusals.values()]:
        facts = {field.name: "…" for field in fields_of(facts_of(refusal))}
        assert refusal.sentence.format(**facts)


def test_every_ask_is_handled_by_the_actor_it_names_and_answers_with_a_known_word() -> None:
    roles = Repertoire.of(rooms.modules("actor")).roles
    for tag, ask in WORDS.asks.items():
        assert ask in roles[ask.actor].handlers, f"nobody handles {tag}"
        assert WORDS.answers[tag_of(ask.reply)] is ask.reply
        assert {refusal.code for refusal in ask.refusals} <= {
            *WORDS.refusals,
            *(refusal.code for refusal in COMMON),
        }


def test_tags_and_codes_are_words_with_a_dot() -> None:
    names = [*WORDS.asks, *WORDS.answers, *WORDS.tells, *WORDS.refusals]
    assert [name for name in names if name.count(".") != 1 or name != name.lower()] == []


def test_what_only_memory_follows_is_not_told_to_the_world() -> None:
    """An event that is only ever noted stands beside its Part, not in messages.py."""
    noted: dict[str, str] = {}
    published: set[str] = set()
    for module in in_rooms():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                made = node.args[0]
                if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
                    full_name = module.imports.get(made.func.id, f"{module.name}.{made.func.id}")
                    if node.func.attr == "note":
                        noted[full_name] = place(module.path)
                    elif node.func.attr == "publish":
                        published.add(full_name)
    public = [name for name in set(noted) - published if file_of(name) in {"messages", "tells"}]
    assert not public


def test_every_event_says_on_which_topic_it_is_pushed() -> None:
    spoken_of = language()
    for event in spoken_of.events:
        assert set(spoken_of.topics_of(event)) <= set(spoken_of.kinds)


def test_no_secret_stands_in_what_is_stored_or_sent() -> None:
    kept = [*WORDS.answers.values(), *WORDS.tells.values(), *SERVER_FRAMES]
    assert [kind.__name__ for kind in kept if marks_of(kind).secret] == []


def test_every_close_code_is_given_by_somebody() -> None:
    used = {
        node.attr
        for name, module in modules().items()
        if not name.startswith("protocol.")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Closing"
    }
    assert {closing.name for closing in Closing} <= used


def test_only_commands_may_be_told_late() -> None:
    late = [ask for ask in WORDS.asks.values() if getattr(ask, "back_dated_max", None)]
    assert all(issubclass(ask, Command) for ask in late)
