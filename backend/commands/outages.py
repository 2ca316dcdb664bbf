"""`tandem outages`: when people could not be served; what no node could see is noted here."""

import argparse
import getpass
from datetime import UTC, datetime
from uuid import UUID

from backend.running.beside import NotDone, add_data, work_beside
from backend.settings import Settings

HELP = "see when people could not be served, and note what no node could see (DATABASE_URL)"

LISTED_MAX = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    add_data(parser)
    what = parser.add_subparsers(dest="what", required=True)
    listing = what.add_parser("list", help="list the last ones, and how often each was an excuse")
    listing.set_defaults(do=_list)
    note = what.add_parser("note", help="note one that the nodes did not see: a proxy, a name")
    note.add_argument("--from", required=True, type=_moment, dest="began_at", help="as ISO 8601")
    note.add_argument("--to", required=True, type=_moment, dest="ended_at", help="as ISO 8601")
    note.add_argument("--why", required=True, help="what was down, in a few words")
    note.add_argument("--by", default=None, help="who says so (the user of this machine)")
    note.set_defaults(do=_note)
    forget = what.add_parser("forget", help="take back what was noted, if it has excused nobody")
    forget.add_argument("id", type=UUID, help="the outage")
    forget.set_defaults(do=_forget)


def run(chosen: argparse.Namespace) -> int:
    """Do it. Raises SettingWrong."""
    return work_beside(act, chosen)


async def act(chosen: argparse.Namespace, _settings: Settings) -> str:
    """List, note or forget. Raises NotDone."""
    from backend.persistence.outages import OutageWrong  # noqa: PLC0415 - see `beside`

    try:
        said: str = await chosen.do(chosen)
    except OutageWrong as problem:
        raise NotDone(str(problem)) from None
    return said


def _moment(text: str) -> datetime:
    """Read a moment; without its zone it could be any. Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} is no moment such as 2026-03-02T23:57:00+01:00")
    return moment.astimezone(UTC)


async def _list(_chosen: argparse.Namespace) -> str:
    from backend.domains import challenges  # noqa: PLC0415 - see `beside`
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
    from backend.persistence import outages  # noqa: PLC0415 - see `beside`

    noted = await outages.note(
        chosen.began_at,
        chosen.ended_at,
        by=chosen.by or getpass.getuser(),
        why=chosen.why,
        now=datetime.now(UTC),
    )
    return f"{noted.outage_id} is noted; whoever missed something by it is excused, until settled."


async def _forget(chosen: argparse.Namespace) -> str:
    from backend.persistence import outages  # noqa: PLC0415 - see `beside`

    await outages.forget(chosen.id)
    return f"{chosen.id} is forgotten."
