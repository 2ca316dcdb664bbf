"""`tandem payments`: looks at what Stripe told, and has it applied again."""

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.persistence.job_run import JobRun

HELP = "see what Stripe told us, apply it again, hold our books against Stripe's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("act", choices=["webhooks", "replay", "reconcile"])
    parser.add_argument("event_id", nargs="?", help="of replay: which one; left out, all open ones")
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
    try:
        lines = asyncio.run(_act(url, chosen.act, chosen.event_id))
    except NotReached as problem:
        complain(str(problem))
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        complain(f"It is not known whether it was done; try again. The database says: {problem}")
        return 1
    for line in lines:
        say(line)
    return 0


async def _act(url: str, act: str, event_id: str | None) -> list[str]:
    from backend.persistence.database import Database  # noqa: PLC0415 - see above
    from backend.running.reaching import reach_migrated  # noqa: PLC0415

    await reach_migrated(url)
    database = await Database(url, pool_max=1).open()
    try:
        if act == "webhooks":
            return await _show()
        return await _replay(event_id) if act == "replay" else await _reconcile()
    finally:
        await database.close()


async def _show() -> list[str]:
    from backend.domains import payments  # noqa: PLC0415 - see above

    return [
        f"{one.event_id}  {one.event_type}  {one.status}, {one.tries} tries  {one.problem or ''}"
        for one in await payments.open_webhooks()
    ] or ["All that Stripe told us is applied."]


async def _replay(event_id: str | None) -> list[str]:
    from backend.domains import payments  # noqa: PLC0415 - see above

    count = await payments.replay(_job_run(), event_id)
    if not count:
        return ["There is nothing to apply again."]
    return [f"{count} to be applied again; a worker takes them within seconds."]


async def _reconcile() -> list[str]:
    from backend.domains import payments  # noqa: PLC0415 - see above

    await payments.reconcile_soon(_job_run())
    return ["A worker reconciles now; see the table stripe_reconciliation, or the worker's lines."]


def _job_run() -> "JobRun":
    from backend.clock import SystemClock  # noqa: PLC0415 - see above
    from backend.persistence.job_run import JobRun  # noqa: PLC0415

    return JobRun(None, clock=SystemClock(), services={})
