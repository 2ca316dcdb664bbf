"""`tandem outages`: when people could not be served; what no node could see is noted here."""

import argparse
import asyncio
import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

HELP = "see when people could not be served, and note what no node could see (DATABASE_URL)"

LISTED_MAX = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".tandem"),
        help="the folder of a `tandem run` that goes on, where there is no DATABASE_URL (.tandem)",
    )
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser(
        "list", help="list the last ones, and how often each was an excuse"
    ).set_defaults(act=_list)
    note = what.add_parser("note", help="note one that the nodes did not see: a proxy, a name")
    note.add_argument("--from", required=True, type=_moment, dest="began_at", help="as ISO 8601")
    note.add_argument("--to", required=True, type=_moment, dest="ended_at", help="as ISO 8601")
    note.add_argument("--why", required=True, help="what was down, in a few words")
    note.add_argument("--by", default=None, help="who says so (the user of this machine)")
    note.set_defaults(act=_note)
    forget = what.add_parser("forget", help="take back what was noted, if it has excused nobody")
    forget.add_argument("id", type=UUID, help="the outage")
    forget.set_defaults(act=_forget)


def run(chosen: argparse.Namespace) -> int:
    """Do it. Raises SettingWrong."""
    import asyncpg  # noqa: PLC0415 - the other commands need none of these

    from backend.persistence.outages import OutageWrong  # noqa: PLC0415
    from backend.running.finding import find_database  # noqa: PLC0415
    from backend.running.reaching import NotReached  # noqa: PLC0415
    from backend.running.saying import complain, say  # noqa: PLC0415

    url = find_database(chosen.data, os.environ)
    try:
        say(asyncio.run(_act(url, chosen)))
    except (NotReached, OutageWrong) as problem:
        complain(str(problem))
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        complain(f"It is not known whether it was done; try again. The database says: {problem}")
        return 1
    return 0


def _moment(text: str) -> datetime:
    """Read a moment; without its zone it could be any. Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} is no moment such as 2026-03-02T23:57:00+01:00")
    return moment.astimezone(UTC)


async def _act(url: str, chosen: argparse.Namespace) -> str:
    from backend.persistence.database import Database  # noqa: PLC0415 - see above
    from backend.running.reaching import reach_migrated  # noqa: PLC0415

    await reach_migrated(url)
    database = await Database(url, pool_max=1).open()
    try:
        said: str = await chosen.act(chosen)
    finally:
        await database.close()
    return said


async def _list(_chosen: argparse.Namespace) -> str:
    from backend.domains import challenges  # noqa: PLC0415 - see above
    from backend.persistence import outages  # noqa: PLC0415

    found = await outages.latest(LISTED_MAX)
    excused = await challenges.excused_by([one.outage_id for one in found])
    lines = (
        f"{one.outage_id}  {one.began_at:%Y-%m-%d %H:%M:%S} to {one.ended_at:%Y-%m-%d %H:%M:%S} UTC"
        f"  excused {excused.get(one.outage_id, 0)}"
        f"  {f'{one.noted_by}: {one.why}' if one.noted_by else 'seen by the nodes'}"
        for one in found
    )
    return "\n".join(lines) or "People could always be served."


async def _note(chosen: argparse.Namespace) -> str:
    from backend.persistence import outages  # noqa: PLC0415 - see above

    noted = await outages.note(
        chosen.began_at,
        chosen.ended_at,
        by=chosen.by or getpass.getuser(),
        why=chosen.why,
        now=datetime.now(UTC),
    )
    return f"{noted.outage_id} is noted; whoever missed something by it is excused, until settled."


async def _forget(chosen: argparse.Namespace) -> str:
    from backend.persistence import outages  # noqa: PLC0415 - see above

    await outages.forget(chosen.id)
    return f"{chosen.id} is forgotten."
