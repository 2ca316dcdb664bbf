"""pgbench: what plain transactions do on the same server in the same run."""

import asyncio
import re

from backend.embedded import EmbeddedPostgres, postgres_program

DATABASE = "pgbench"
SCALE = 20
CLIENTS = 32
THREADS = 2
TABLES = ("pgbench_accounts", "pgbench_branches", "pgbench_history", "pgbench_tellers")
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


class PgbenchFailed(Exception):
    """pgbench did not run to its end."""


async def prepare(postgres: EmbeddedPostgres, scale: int = SCALE) -> None:
    """Make pgbench's tables in a database of their own. Raises PgbenchFailed.

    They are not vacuumed by themselves: that would fall into what is measured after pgbench.
    """
    await _run("psql", "-q", "-c", f"CREATE DATABASE {DATABASE}", postgres.dsn("postgres"))
    await _run("pgbench", "-i", "-q", "-s", str(scale), postgres.dsn(DATABASE))
    for table in TABLES:
        leave = f"ALTER TABLE {table} SET (autovacuum_enabled = off)"
        await _run("psql", "-q", "-c", leave, postgres.dsn(DATABASE))


async def transactions_per_s(postgres: EmbeddedPostgres, seconds: int) -> float:
    """Run pgbench's short transaction (one UPDATE, one SELECT, one INSERT).

    Raises PgbenchFailed.
    """
    said = await _run(
        "pgbench",
        *("-N", "-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS)),
        *("-T", str(seconds), postgres.dsn(DATABASE)),
    )
    found = _TPS.search(said)
    if found is None:
        raise PgbenchFailed(said)
    return float(found[1])


async def _run(program: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        postgres_program(program),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await process.communicate()
    if process.returncode != 0:
        raise PgbenchFailed(f"{program}: {complaints.decode().strip()}")
    return said.decode()
