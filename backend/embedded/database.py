"""Makes the database and the two roles that Tandem knows: one that owns, one that works."""

from dataclasses import dataclass

import asyncpg

from backend.embedded.postgres import EmbeddedPostgres

OWNER = "tandem_owner"
APP = "tandem_app"
DATABASE = "tandem"


@dataclass(frozen=True)
class DatabaseUrls:
    """How to reach one database: `owner` migrates it, `app` serves from it."""

    owner: str
    app: str


async def prepare_database(postgres: EmbeddedPostgres, name: str = DATABASE) -> DatabaseUrls:
    """Make roles and database where they are missing, and return the URLs of both roles."""
    server = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        for role in (OWNER, APP):
            if not await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await server.execute(f"CREATE ROLE {role} LOGIN")
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await server.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}')
    finally:
        await server.close()
    await _share(postgres, name)
    return database_urls(postgres, name)


def database_urls(postgres: EmbeddedPostgres, name: str = DATABASE) -> DatabaseUrls:
    """Name a database that was made, as both roles reach it."""
    return DatabaseUrls(owner=postgres.dsn(name, OWNER), app=postgres.dsn(name, APP))


async def _share(postgres: EmbeddedPostgres, name: str) -> None:
    """Let the application in; what it may do with a table, the table's migration says."""
    database = await asyncpg.connect(postgres.dsn(name))
    try:
        await database.execute(f"""
            REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;
            GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {APP};
            ALTER SCHEMA public OWNER TO {OWNER};
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            GRANT USAGE ON SCHEMA public TO {APP};
        """)
    finally:
        await database.close()
