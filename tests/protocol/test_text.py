"""What counts as text: people may write in any script, and nobody may write nothing."""

import re

import msgspec
import pytest

from backend.domains.journal.messages import LogMood
from protocol.codec import refusal_of
from protocol.common import Invalid
from protocol.text import ONE_LINE, PROSE

WRITTEN = ["calm", "  at ease ", "آرام\u200cتر", "👩\u200d👧 ❤\ufe0f", "שלום", "ǅ", "\u00ad-"]
NOTHING = ["", " ", "\t\n ", "\u200b", "\ufeff\u200d", "\u00a0\u3000", "\u00ad"]
CONTROLS = ["a\x00b", "bell\x07", "a\x7f", "a\u0085b", "esc\x1b[31m"]
TURNED = ["a\u202eb", "\u2066x\u2069", "a\u2028b"]
LINES = ["one\ntwo", "one\r\ntwo", "a\tb", "last\n"]


def is_one_line(text: str) -> bool:
    return re.search(ONE_LINE, text) is not None


def is_prose(text: str) -> bool:
    return re.search(PROSE, text) is not None


@pytest.mark.parametrize("text", WRITTEN)
def test_every_script_may_be_written(text: str) -> None:
    assert is_one_line(text)
    assert is_prose(text)


@pytest.mark.parametrize("text", NOTHING + CONTROLS)
def test_nothing_to_be_seen_and_control_characters_are_no_text(text: str) -> None:
    assert not is_one_line(text)
    assert not is_prose(text)


@pytest.mark.parametrize("text", LINES)
def test_prose_has_lines_and_one_line_has_not(text: str) -> None:
    assert is_prose(text)
    assert not is_one_line(text)


@pytest.mark.parametrize("text", TURNED)
def test_a_name_turns_nothing_that_stands_beside_it(text: str) -> None:
    assert not is_one_line(text)
    assert is_prose(text) or "\u2028" in text


def test_what_is_wrong_is_said_in_words() -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.convert({"type": "moods.log", "mood": " ", "mood_score": 5}, LogMood)
    refusal = refusal_of(found.value)
    assert isinstance(refusal, Invalid)
    assert refusal.path == "$.mood"
    assert refusal.problem == (
        "Expected text on one line, with something to be seen in it and no control characters"
    )
