"""Rendering: the language written down for those who speak it from outside.

From the declarations of messages come the JSON Schema, the reference and the TypeScript types; they
stand in `protocol/generated/` and a test checks that they are fresh. Nothing here knows a room: the
words are handed in as a `Language`.
"""

from protocol.rendering.language import Language, Limit
from protocol.rendering.reference import render_reference
from protocol.rendering.schema import render_schema
from protocol.rendering.typescript import render_types

__all__ = ["Language", "Limit", "render"]


def render(language: Language) -> dict[str, str]:
    """Write every file, by its name; the same words always give the same text."""
    return {
        "reference.md": render_reference(language),
        "schema.json": render_schema(language),
        "tandem.d.ts": render_types(language),
    }
