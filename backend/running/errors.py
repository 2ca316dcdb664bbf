"""What may keep a run from starting or going on, each with the sentence a person needs."""

from pathlib import Path


class RunRefused(Exception):
    """The run cannot start or go on; the text says why and what to do."""


class AlreadyRunning(RunRefused):
    """Another run has the data folder."""

    def __init__(self, folder: Path, pid: str, address: str) -> None:
        where = f" and serves {address}" if address else ""
        super().__init__(
            f"Tandem already runs with the data folder {folder}: process {pid} has it{where}. "
            "Use that one, stop it first, or start another beside it: "
            "make run PORT=8100 DATA=/some/folder"
        )


class PortTaken(RunRefused):
    """Another program listens on the port, or this user may not."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"Port {port} cannot be used: {reason}. Choose another: make run PORT={_other(port)}"
        )


class DatabaseAway(RunRefused):
    """The database that DATABASE_URL names cannot be used."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"The database at {where} cannot be used: {reason}. "
            "Check DATABASE_URL, or unset it to run with an embedded PostgreSQL."
        )


class RedisAway(RunRefused):
    """The Redis that REDIS_URL names cannot be used."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"The Redis at {where} cannot be used: {reason}. "
            "Check REDIS_URL, or unset it to run with an embedded Redis."
        )


class KeysUnreadable(RunRefused):
    """The file with this run's secrets is damaged."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The secrets in {path} cannot be read. Put the file back from a copy, or remove it: "
            "new ones are made then, and whoever was signed in signs in again."
        )


class PreparationFailed(RunRefused):
    """The database could not be brought up to date, or the demo not be made."""

    def __init__(self, reason: str, log: Path) -> None:
        super().__init__(
            f"The run could not be prepared: {reason.rstrip('.')}. The log says more: {log}"
        )


class PartEnded(RunRefused):
    """A part of the run that must be there has ended and does not come back."""

    def __init__(self, name: str, log: Path | None) -> None:
        super().__init__(f"{name} has ended and does not stay up. {_read(log)} why.")


class EngineEnded(RunRefused):
    """PostgreSQL or Redis has ended under a run."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(
            f"{name} has ended, and so does the run. What was answered is kept: start again with "
            f"make run. If it was not ended from outside, its log says why: {log}"
        )


class ServerLate(RunRefused):
    """The server runs but does not become ready."""

    def __init__(self, name: str, seconds: float, log: Path | None) -> None:
        super().__init__(
            f"{name} was not ready after {seconds:g} s and was stopped. "
            f"{_read(log)} how far it came."
        )


def _read(log: Path | None) -> str:
    return "The lines above say" if log is None else f"Its log, {log}, says"


def _other(port: int) -> int:
    return port + 100 if port + 100 < 2**16 else 8100
