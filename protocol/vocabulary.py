"""The vocabulary: all messages of all rooms, gathered from their modules."""

from collections.abc import Iterable
from types import ModuleType
from typing import Self, TypeVar

from protocol.common import COMMON
from protocol.messages import Answer, Ask, Command, Event, Message, Query, Tell
from protocol.refusals import Refusal

_Word = TypeVar("_Word")
_BASES = (Message, Answer, Ask, Command, Query, Event, Tell, Refusal)


class DuplicateWord(Exception):
    """Two messages have the same tag, or two refusals the same code."""


class Vocabulary:
    """The words of the language, by tag."""

    def __init__(self) -> None:
        """Begin with no words."""
        self.asks: dict[str, type[Ask]] = {}
        self.answers: dict[str, type[Answer]] = {}
        self.tells: dict[str, type[Tell]] = {}
        self.refusals: dict[str, type[Refusal]] = {}

    @classmethod
    def of(cls, modules: Iterable[ModuleType]) -> Self:
        """Gather every message and refusal these modules declare.

        Raises DuplicateWord.
        """
        words = cls()
        for module in modules:
            for thing in vars(module).values():
                if isinstance(thing, type) and thing.__module__ == module.__name__:
                    words.add(thing)
        return words

    def add(self, word: type) -> None:
        """Take one word in; what is no word is passed over. Raises DuplicateWord."""
        if word in _BASES or word in COMMON:
            return
        if issubclass(word, Refusal):
            _put(self.refusals, word.code, word)
        elif issubclass(word, Message):
            tag = tag_of(word)
            if issubclass(word, Ask):
                _put(self.asks, tag, word)
                for refusal in word.refusals:
                    self.add(refusal)
            elif issubclass(word, Answer):
                _put(self.answers, tag, word)
            elif issubclass(word, Tell):
                _put(self.tells, tag, word)

    @property
    def events(self) -> dict[str, type[Event]]:
        """Those answers that are events."""
        return {tag: kind for tag, kind in self.answers.items() if issubclass(kind, Event)}


def _put(words: dict[str, type[_Word]], name: str, word: type[_Word]) -> None:
    if words.setdefault(name, word) is not word:
        message = f"{name} is both {words[name].__qualname__} and {word.__qualname__}"
        raise DuplicateWord(message)


def tag_of(kind: type[Message]) -> str:
    """Read the tag of a message type, as it stands in `type`."""
    return str(kind.__struct_config__.tag)
