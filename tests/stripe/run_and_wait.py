"""A run with a stand-in beside it, which says its process id and waits."""

import asyncio
import sys
from pathlib import Path

from backend.embedded.stripe import EmbeddedStripe


async def main(folder: Path) -> None:
    """Start, and wait to be killed."""
    async with EmbeddedStripe(folder, durable=False) as stripe:
        sys.stdout.write(f"{stripe.pid}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
