"""`tandem admin`: makes somebody an admin, or takes that back."""

import argparse
import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from protocol.messages import Role

HELP = "make somebody an admin, or with --revoke take that back (DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("email", help="the e-mail address of the account")
    parser.add_argument("--revoke", action="store_true", help="take it back")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".tandem"),
        help="the folder of a `tandem run` that goes on, where there is no DATABASE_URL (.tandem)",
    )


def run(chosen: argparse.Namespace) -> int:
    """Do it; done a second time it changes nothing. Raises SettingWrong."""
    import asyncpg  # noqa: PLC0415 - the other commands need none of these

    from backend.running.finding import find_database  # noqa: PLC0415
    from backend.running.reaching import NotReached  # noqa: PLC0415
    from backend.running.saying import complain, say  # noqa: PLC0415

    url = find_database(chosen.data, os.environ)
    email = chosen.email.strip()
    role = Role.USER if chosen.revoke else Role.ADMIN
    try:
        before = asyncio.run(_change(url, email, role))
    except NotReached as problem:
        complain(str(problem))
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        complain(f"It is not known whether it was done; try again. The database says: {problem}")
        return 1
    if before is None:
        complain(f"There is no account with the e-mail address {email}.")
        return 1
    say(_done(email, role) if before is not role else _nothing_to_do(email, role))
    return 0


async def _change(url: str, email: str, role: Role) -> Role | None:
    from backend.domains import identity  # noqa: PLC0415 - see above
    from backend.persistence.database import Database  # noqa: PLC0415
    from backend.running.reaching import reach_migrated  # noqa: PLC0415

    await reach_migrated(url)
    database = await Database(url, pool_max=1).open()
    try:
        return await identity.change_role(email, role, datetime.now(UTC))
    finally:
        await database.close()


def _done(email: str, role: Role) -> str:
    if role is Role.ADMIN:
        return f"{email} is an admin, from their next request or connection on."
    return f"{email} is no admin any more, and is signed out everywhere."


def _nothing_to_do(email: str, role: Role) -> str:
    which = "an admin already" if role is Role.ADMIN else "no admin"
    return f"{email} is {which}; nothing was changed."
