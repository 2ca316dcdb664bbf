"""What may keep an embedded server from running, each with the sentence a person needs."""

from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server cannot run; the text says why and what to do."""


class FolderInUse(EmbeddedError):
    """Another run holds the data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"The data folder {folder} is in use by process {holder}. Stop that run first, "
            "or choose another folder: make run DATA=/some/folder"
        )


class FolderNotWritable(EmbeddedError):
    """The data folder cannot be made, read or written by this user."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}. Give this user the right to "
            "write there, or choose another folder: make run DATA=/some/folder"
        )


class DiskFull(EmbeddedError):
    """The disk under the data folder has too little room to start."""

    def __init__(self, folder: Path, free_mib: int) -> None:
        super().__init__(
            f"The disk that holds {folder} is full ({free_mib} MiB free). Free some space, "
            "or choose a folder on another disk: make run DATA=/some/folder"
        )


class WrongVersion(EmbeddedError):
    """The data was written by another major version of PostgreSQL."""

    def __init__(self, folder: Path, found: str, wanted: str) -> None:
        super().__init__(
            f"The data in {folder} was written by PostgreSQL {found}, and this is PostgreSQL "
            f"{wanted}. Carry it over with pg_dump of version {found}, or choose another "
            "folder: make run DATA=/some/folder"
        )


class ServerMissing(EmbeddedError):
    """No program of this server is on the machine."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(f"{name} is not on this machine. {advice}")


class NoUnprivilegedUser(EmbeddedError):
    """We are root, the servers may not be, and nobody else can be found to run them."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL refuses to run as root, and no other user can run it: {reason}. "
            "Start Tandem as an ordinary user instead."
        )


class UserHasNoName(EmbeddedError):
    """The machine knows no name for our user id, and PostgreSQL asks for one."""

    def __init__(self, uid: int) -> None:
        super().__init__(
            f"The user with id {uid} has no name on this machine, and PostgreSQL will not run "
            "without one. Add it to /etc/passwd, or set DATABASE_URL to a server of your own."
        )


class PredecessorStays(EmbeddedError):
    """A server of an earlier run is still there and will not end."""

    def __init__(self, name: str, pids: list[int]) -> None:
        listed = ", ".join(str(pid) for pid in pids)
        super().__init__(
            f"A {name} of an earlier run (process {listed}) does not end. "
            f"End it by hand (kill -9 {' '.join(str(pid) for pid in pids)}), then try again."
        )


class StartFailed(EmbeddedError):
    """The server ended before it was ready."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        super().__init__(f"{name} did not start: {reason}. Its log says more: {log}")


class StartStalled(EmbeddedError):
    """The server runs but has made no progress for too long."""

    def __init__(self, name: str, seconds: float, log: Path) -> None:
        super().__init__(
            f"{name} is not ready and has done nothing for {seconds:g} s; it was stopped. "
            f"Its log says how far it came: {log}. The data is safe; trying again is, too."
        )
