"""Keeping the queue of commands where it outlives the process."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec

Dated = Literal["never", "late", "always"]
"""Whether a call carries `made_at`: never, when it goes out late, or always, as it was given."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A command as a store keeps it."""

    id: UUID
    do: dict[str, Any]
    to: str | None
    made_at: datetime
    dated: Dated
    user_id: UUID | None
    """Whose it is; nobody else's socket may send it. None until the first welcome."""


class QueueStore(Protocol):
    """Keeps the queue for one person; the lists are plain data, ready for JSON."""

    def load(self) -> list[dict[str, Any]]:
        """Read what was saved last; an empty list at first."""
        ...

    def save(self, commands: list[dict[str, Any]]) -> None:
        """Keep this list in the place of the last one."""
        ...


class FileStore:
    """Keeps a queue in a file of its own, one for each person; the folder must exist."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def load(self) -> list[dict[str, Any]]:
        """Read the file; an empty list when there is none yet."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[dict[str, Any]])
        except FileNotFoundError:
            return []

    def save(self, commands: list[dict[str, Any]]) -> None:
        """Write the file anew; a crash leaves the former or the new one, never half of it."""
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.write_bytes(msgspec.json.encode(commands))
        beside.replace(self._path)


class Saving:
    """Saves at most once per round of the event loop, however much has changed."""

    def __init__(
        self,
        store: QueueStore | None,
        listed: Callable[[], list[Kept]],
        failed: Callable[[Exception], object],
    ) -> None:
        self._store = store
        self._listed = listed
        self._failed = failed
        self._due = False

    def soon(self) -> None:
        """Save after what is being done just now."""
        if self._store is not None and not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.now)

    def now(self) -> None:
        """Save what has changed; a store that fails is reported, and costs no command."""
        if self._store is None or not self._due:
            return
        self._due = False
        try:
            self._store.save([msgspec.to_builtins(kept) for kept in self._listed()])
        except Exception as problem:  # noqa: BLE001 - a store may fail in any way
            self._failed(problem)
