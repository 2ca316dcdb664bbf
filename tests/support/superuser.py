"""A session beside the engine's own that may do anything."""

from typing import TypeAlias

import asyncpg

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"  # asyncpg is generic for checkers only.
"""What a fixture gives to tests that break things in the database itself."""
