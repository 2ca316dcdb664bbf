"""`tandem user`: shows the tier and the flags of somebody's account, or changes them."""

import argparse
import getpass
from datetime import UTC, datetime

from backend.running.beside import NotDone, add_data, work_beside
from backend.settings import Settings

HELP = "see the tier and the flags of an account, or change them with a note (DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("email", help="the e-mail address of the account")
    parser.add_argument("--tier", help="the tier it is of from now on, such as premium")
    parser.add_argument("--flags", help="all its flags from now on, as JSON: '{\"beta\": true}'")
    parser.add_argument("--note", help="why; kept with a change, and part of its owner's export")
    parser.add_argument(
        "--by", default=None, help="who does it, as it will be kept (the user of this machine)"
    )
    add_data(parser)


def run(chosen: argparse.Namespace) -> int:
    """Do it. Raises SettingWrong."""
    return work_beside(act, chosen)


async def act(chosen: argparse.Namespace, _settings: Settings) -> str:
    """Show, or change. Raises NotDone."""
    import msgspec  # noqa: PLC0415 - the other commands need none of these

    from backend.domains import identity  # noqa: PLC0415

    email = chosen.email.strip()
    if chosen.tier is None and chosen.flags is None:
        found = await identity.entitlements_of(email)
    else:
        try:
            wanted = {
                "tier": chosen.tier,
                "flags": None if chosen.flags is None else msgspec.json.decode(chosen.flags),
                "note": chosen.note or "",
                "operator": chosen.by or getpass.getuser(),
            }
            change = msgspec.convert(wanted, identity.EntitlementChange)
        except msgspec.MsgspecError as problem:
            raise NotDone(f"Nothing was changed: {problem}.") from None
        found = await identity.change_entitlements(email, change, datetime.now(UTC))
    if found is None:
        raise NotDone(f"There is no account with the e-mail address {email}.")
    return (
        f"{email} is of the tier {found.tier}; flags: {msgspec.json.encode(found.flags).decode()}"
    )
