"""Who the servers run as when we are root: PostgreSQL refuses root, and Redis does not need it."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from backend.embedded.errors import NoUnprivilegedUser

ROOT = 0


@dataclass(frozen=True)
class Account:
    """An ordinary user of this machine."""

    uid: int
    gid: int
    name: str

    def own(self, path: Path) -> None:
        """Give `path` and what is in it to this user."""
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Say whether this user may pass through `folder` and every folder above it."""
        return all(self._may_pass(step.stat()) for step in (folder, *folder.parents))

    def _may_pass(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def unprivileged_account(*folders: Path) -> Account | None:
    """Return the first ordinary owner of `folders`, else nobody; None when we are not root.

    Data once written by a user stays with that user, whoever starts the next run.
    """
    if os.geteuid() != ROOT:
        return None
    for folder in folders:
        uid = folder.stat().st_uid if folder.exists() else ROOT
        if uid != ROOT and (account := _account(uid)):
            return account
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NoUnprivilegedUser("this machine has no user called nobody") from None
    return Account(nobody.pw_uid, nobody.pw_gid, nobody.pw_name)


def _account(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # Left by a container or a deleted user; initdb wants a name.
        return None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
