"""`tandem admin`: makes somebody an admin, or takes that back."""

import argparse
from datetime import UTC, datetime

from backend.running.beside import NotDone, add_data, work_beside
from backend.settings import Settings
from protocol.messages import Role

HELP = "make somebody an admin, or with --revoke take that back (DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("email", help="the e-mail address of the account")
    parser.add_argument("--revoke", action="store_true", help="take it back")
    add_data(parser)


def run(chosen: argparse.Namespace) -> int:
    """Do it; done a second time it changes nothing. Raises SettingWrong."""
    return work_beside(act, chosen)


async def act(chosen: argparse.Namespace, _settings: Settings) -> str:
    """Give the role, or take it. Raises NotDone."""
    from backend.domains import identity  # noqa: PLC0415 - the other commands do not need it

    email = chosen.email.strip()
    role = Role.USER if chosen.revoke else Role.ADMIN
    before = await identity.change_role(email, role, datetime.now(UTC))
    if before is None:
        raise NotDone(f"There is no account with the e-mail address {email}.")
    return _done(email, role) if before is not role else _nothing_to_do(email, role)


def _done(email: str, role: Role) -> str:
    if role is Role.ADMIN:
        return f"{email} is an admin, from their next request or connection on."
    return f"{email} is no admin any more, and is signed out everywhere."


def _nothing_to_do(email: str, role: Role) -> str:
    which = "an admin already" if role is Role.ADMIN else "no admin"
    return f"{email} is {which}; nothing was changed."
