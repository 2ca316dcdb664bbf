"""The bases every message is built on: commands, queries, answers, events and tells.

A message is declared once, in its room's `messages.py`: its tag, what it says (the docstring), its
fields with their limits, what it may be refused with, whose actor takes it and which role may send
it. The codec, the HTTP operation, the JSON Schema, the reference and the client types follow.
"""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

import msgspec

from protocol.refusals import Refusal


class Role(StrEnum):
    """Who may send a command."""

    USER = "user"
    ADMIN = "admin"


class Message(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    gc=False,  # messages are trees of values; they cannot form a cycle for the collector to find
):
    """Anything with a tag that travels."""


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A piece of a message that has no life of its own."""


class Answer(Message, frozen=True):
    """What a command or a query is answered with when it is not refused."""


class Event(Answer, frozen=True):
    """Something that has happened, in the past tense; it may also be the answer to a command.

    It carries only what every reader of its topic may see.
    """

    conflated: ClassVar[bool] = False
    """Of several in one turn only the last is kept: each tells the whole truth by itself."""
    about: ClassVar[str | None] = None
    """The field with the id of what it is about; dots lead into values."""
    withdraws: ClassVar[bool] = False
    """Whether what was said of the same before is not to be told again to who missed it; without
    `about`, whatever was said."""
    topics: ClassVar[tuple[str, ...]] = ()
    """The kinds of topic it is published on, beside that of the commands it answers."""


class Ask(Message, frozen=True):
    """What a person may ask of an actor."""

    actor: ClassVar[str]
    """The kind of actor that takes it."""
    reply: ClassVar[type[Answer]]
    refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    role: ClassVar[Role] = Role.USER


class Command(Ask, frozen=True):
    """A wish to change something, in the imperative; done once for its id, however often sent."""

    back_dated_max: ClassVar[timedelta] = timedelta(0)
    """How far before its arrival the person may have acted (`made_at`)."""


class Query(Ask, frozen=True):
    """A question an actor answers from memory; it changes nothing and is not remembered."""


class Tell(Message, frozen=True):
    """What one actor lets another know; it never travels to a client."""

    actor: ClassVar[str]
    can_wait: ClassVar[bool] = False
    """Whether nobody minds hearing of it a second later, together with more of its kind."""
