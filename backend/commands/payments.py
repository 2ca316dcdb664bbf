"""`tandem payments`: looks at what Stripe told, and has it applied again."""

import argparse
from typing import TYPE_CHECKING

from backend.running.beside import add_data, work_beside
from backend.settings import Settings

if TYPE_CHECKING:
    from backend.persistence.job_run import JobRun

HELP = "see what Stripe told us, apply it again, hold our books against Stripe's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("act", choices=["webhooks", "replay", "reconcile"])
    parser.add_argument("event_id", nargs="?", help="of replay: which one; left out, all open ones")
    add_data(parser)


def run(chosen: argparse.Namespace) -> int:
    """Do it; done a second time it changes nothing. Raises SettingWrong."""
    return work_beside(act, chosen)


async def act(chosen: argparse.Namespace, _settings: Settings) -> str:
    """Show webhooks, have them applied again, or have the books be compared."""
    if chosen.act == "webhooks":
        return await _show()
    return await _replay(chosen.event_id) if chosen.act == "replay" else await _reconcile()


async def _show() -> str:
    from backend.domains import payments  # noqa: PLC0415 - the other commands do not need it

    lines = [
        f"{one.event_id}  {one.event_type}  {one.status}, {one.tries} tries  {one.problem or ''}"
        for one in await payments.open_webhooks()
    ]
    return "\n".join(lines) or "All that Stripe told us is applied."


async def _replay(event_id: str | None) -> str:
    from backend.domains import payments  # noqa: PLC0415 - see above

    count = await payments.replay(_job_run(), event_id)
    if not count:
        return "There is nothing to apply again."
    return f"{count} to be applied again; a worker takes them within seconds."


async def _reconcile() -> str:
    from backend.domains import payments  # noqa: PLC0415 - see above

    await payments.reconcile_soon(_job_run())
    return "A worker reconciles now; see the table stripe_reconciliation, or the worker's lines."


def _job_run() -> "JobRun":
    from backend.clock import SystemClock  # noqa: PLC0415 - see above
    from backend.persistence.job_run import JobRun  # noqa: PLC0415

    return JobRun(None, clock=SystemClock(), services={})
