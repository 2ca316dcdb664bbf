"""What is generated from the messages is committed, complete and fresh."""

import json
import re

import msgspec
import pytest

from backend.language import GENERATED, language
from protocol.codec import JsonCodec
from protocol.frames import Call
from protocol.refusals import Refusal
from protocol.rendering import render


@pytest.mark.parametrize("name", ["reference.md", "schema.json", "tandem.d.ts"])
def test_what_is_generated_is_fresh(name: str) -> None:
    written = (GENERATED / name).read_text(encoding="utf-8")
    assert written == render(language())[name], "run `make generate` and commit what it wrote"


def test_nothing_else_stands_beside_it() -> None:
    assert {path.name for path in GENERATED.iterdir()} == set(render(language()))


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    text = render(language())["schema.json"]
    known = set(json.loads(text)["$defs"])
    led_to = set(re.findall(r'"#/\$defs/(\w+)"', text))
    assert led_to <= known
    assert {"ClientFrame", "ServerFrame", "Ask", "Answer", "Event", "Refusal"} <= led_to


def test_every_link_on_the_reference_leads_somewhere() -> None:
    text = render(language())["reference.md"]
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    } | set(re.findall(r'<a id="([^"]+)">', text))
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert links <= anchors


def test_the_conversation_on_the_reference_is_understood_by_the_codec() -> None:
    text = render(language())["reference.md"]
    said = re.findall(r"^→ (\{.*(?:\n   .*)*)$", text, re.MULTILINE)
    codec = JsonCodec(language().vocabulary)
    frames = [frame for line in said for frame in codec.decode(line.encode())]
    assert len(frames) == len(said) >= 5
    assert not [frame for frame in frames if isinstance(frame, Refusal)]
    assert any(isinstance(frame, Call) for frame in frames)


def test_internal_words_are_told_nobody() -> None:
    texts = render(language()).values()
    for tag, tell in language().vocabulary.tells.items():
        assert not any(f'"{tag}"' in text or f" {tag}\n" in text for text in texts)
        assert not any(re.search(rf"\b{tell.__name__}\b", text) for text in texts)


def test_every_ask_is_in_the_schema_as_the_codec_takes_it() -> None:
    definitions = json.loads(render(language())["schema.json"])["$defs"]
    for tag, ask in language().vocabulary.asks.items():
        definition = definitions[ask.__name__]
        assert definition["properties"]["type"] == {"enum": [tag]}
        assert definition["additionalProperties"] is False
        fields = [field.encode_name for field in msgspec.structs.fields(ask)]
        assert list(definition["properties"]) == ["type", *fields]
