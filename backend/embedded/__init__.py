"""The PostgreSQL and Redis that come in packages, for one-command runs and for tests.

async with EmbeddedPostgres(folder / "postgresql", on_progress=print) as postgres:
    urls = await prepare_database(postgres)
"""

from backend.embedded.database import DatabaseUrls, database_urls, prepare_database
from backend.embedded.errors import (
    DiskFull,
    EmbeddedError,
    FolderInUse,
    FolderNotWritable,
    NoUnprivilegedUser,
    PredecessorStays,
    ServerMissing,
    StartFailed,
    StartStalled,
    UserHasNoName,
    WrongVersion,
)
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.programs import postgres_program
from backend.embedded.redis import EmbeddedRedis
from backend.embedded.server import EmbeddedServer, Progress

__all__ = [
    "DatabaseUrls",
    "DiskFull",
    "EmbeddedError",
    "EmbeddedPostgres",
    "EmbeddedRedis",
    "EmbeddedServer",
    "FolderInUse",
    "FolderNotWritable",
    "NoUnprivilegedUser",
    "PredecessorStays",
    "Progress",
    "ServerMissing",
    "StartFailed",
    "StartStalled",
    "UserHasNoName",
    "WrongVersion",
    "database_urls",
    "postgres_program",
    "prepare_database",
]
