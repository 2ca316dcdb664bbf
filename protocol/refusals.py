"""Refusals: a wish that was understood and not granted, named by the fact.

A refusal is not a bug. It has a stable code, a sentence for the person, the facts for the program,
and says whether trying again later may help. Bugs reach a client as `internal`.
"""

import dataclasses
from typing import Any, ClassVar, dataclass_transform

import msgspec

STATUS_CONFLICT = 409


class Refused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A refusal as it travels."""

    code: str
    message: str
    facts: dict[str, Any] = {}
    temporary: bool = False


@dataclass_transform(kw_only_default=True, eq_default=False)
class Refusal(Exception):
    """The base of all refusals; a subclass declares its code, its sentence and its facts.

    The facts are the annotated fields; the sentence names them in braces.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    http_status: ClassVar[int] = STATUS_CONFLICT
    temporary: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Give the subclass a constructor that takes its facts by name."""
        super().__init_subclass__()
        dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)

    @property
    def facts(self) -> dict[str, Any]:
        """The facts by name, as plain values."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
        return {field.name: msgspec.to_builtins(getattr(self, field.name)) for field in fields}

    def refused(self) -> Refused:
        """Put it into the form that travels."""
        facts = self.facts
        return Refused(
            code=self.code,
            message=self.sentence.format(**facts),
            facts=facts,
            temporary=self.temporary,
        )

    def __str__(self) -> str:
        """Say the sentence."""
        return self.refused().message
