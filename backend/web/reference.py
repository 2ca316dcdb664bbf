"""The reference, where problems say that their type is explained."""

from pathlib import Path

from litestar import get
from litestar.response import File

REFERENCE_MD = Path(__file__).parents[2] / "protocol" / "generated" / "reference.md"


@get("/docs/reference.md", include_in_schema=False)
async def reference() -> File:
    """Show the language, every refusal of it included."""
    return File(
        REFERENCE_MD,
        media_type="text/markdown",
        content_disposition_type="inline",
        filename=REFERENCE_MD.name,
    )


ROUTES = [reference]
