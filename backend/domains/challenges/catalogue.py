"""What the catalogue's actor knows of the templates there are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from jsonschema import Draft202012Validator, SchemaError

from actors.catalogue import CATALOGUE
from actors.part import Part
from actors.turn import Turn
from backend.domains.challenges.messages import PublishTemplate, TemplatePublished
from backend.domains.challenges.refusals import SchemaWrong, TemplatesTooMany
from backend.domains.challenges.tables import Challenge as Template
from backend.persistence.database import fetch
from protocol.address import NO_KEY

TEMPLATES_MAX = 500

FORBIDDEN = frozenset({"$ref", "$dynamicRef", "$id", "$schema", "pattern", "patternProperties"})
"""A reference may lead nowhere, round in a circle, or onto the network; an expression may take for
ever. Settings are judged in the middle of a commit, and they are a flat object."""
_OF_NAMES = {"properties", "patternProperties", "$defs", "dependentSchemas"}
_OF_VALUES = {"const", "enum", "default", "examples", "required", "dependentRequired"}

_VERSIONS = "SELECT slug, version FROM challenge"


class Catalogue(msgspec.Struct, frozen=True, gc=False):
    """Which templates there are, and in which version."""

    versions: dict[str, int] = {}


async def load_catalogue(_keys: Sequence[UUID]) -> Mapping[UUID, Catalogue]:
    """Read which templates there are."""
    rows = await fetch(_VERSIONS)
    return {NO_KEY: Catalogue({row["slug"]: row["version"] for row in rows})}


catalogue = Part("catalogue", of=CATALOGUE, empty=Catalogue(), load=load_catalogue)


@catalogue.evolves(TemplatePublished)
def published(catalogue: Catalogue, event: TemplatePublished) -> Catalogue:
    """Know of a template."""
    return Catalogue({**catalogue.versions, event.slug: event.version})


@catalogue.handles(PublishTemplate)
def publish(command: PublishTemplate, catalogue: Catalogue, turn: Turn) -> TemplatePublished:
    """Offer something to promise, or change it. Raises SchemaWrong, TemplatesTooMany."""
    check_schema(command.settings_schema)
    before = catalogue.versions.get(command.slug, 0)
    if before == 0 and len(catalogue.versions) >= TEMPLATES_MAX:
        raise TemplatesTooMany(count_max=TEMPLATES_MAX)
    columns = {
        "version": before + 1,
        "name": command.name,
        "challenge_type": command.challenge_type,
        "difficulty": command.difficulty.value,
        "category": command.category,
        "instructions": command.instructions,
        "is_open": command.is_open,
        "settings_schema": command.settings_schema,
        "allows": command.allows,
        "updated_at": turn.now,
    }
    if before:
        turn.work.update(Template, {"slug": command.slug}, **columns)
    else:
        turn.work.insert(
            Template,
            id=turn.new_id(),
            slug=command.slug,
            is_template=True,
            created_at=turn.now,
            **columns,
        )
    return turn.publish(
        TemplatePublished(
            slug=command.slug, version=before + 1, name=command.name, is_open=command.is_open
        )
    )


def check_schema(text: str) -> None:
    """Refuse what is no schema of an object, or cannot be judged by itself at once.

    Raises SchemaWrong.
    """
    try:
        schema = msgspec.json.decode(text)
        Draft202012Validator.check_schema(schema)
        used = set(_keywords(schema))
    except (msgspec.DecodeError, SchemaError, RecursionError) as problem:
        raise SchemaWrong(problem=type(problem).__name__) from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise SchemaWrong(problem="its type is not object")
    for keyword in sorted(used & FORBIDDEN):
        raise SchemaWrong(problem=f"{keyword} is not allowed in it")


def _keywords(schema: Any) -> Iterator[str]:
    """Name every keyword of a schema and of those in it; what names or is a value is none."""
    if isinstance(schema, list):
        for one in schema:
            yield from _keywords(one)
    if not isinstance(schema, dict):
        return
    for keyword, said in schema.items():
        yield keyword
        if keyword in _OF_NAMES:
            yield from _keywords(list(said.values()))
        elif keyword not in _OF_VALUES:
            yield from _keywords(said)
