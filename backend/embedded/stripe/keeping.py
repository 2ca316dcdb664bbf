"""Keeping: what the account has, in a file, so that a run that is started again still knows it."""

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.idempotency import Answer, Idempotency

log = structlog.get_logger()

EVERY_S: Final = 1.0
FILE: Final = "stand-in.json"


class Kept(msgspec.Struct):
    """What is in the file."""

    account: dict[str, Any]
    answers: dict[str, Answer]


class Keeper:
    """Writes the file, at most once a second and only when something has changed."""

    def __init__(self, folder: Path, account: Account, idempotency: Idempotency) -> None:
        """Keep these in this folder."""
        self._path = folder / FILE
        self._account = account
        self._idempotency = idempotency
        self._is_changed = False

    def changed(self) -> None:
        """Have it written soon."""
        self._is_changed = True

    def load(self) -> None:
        """Read what was kept; what cannot be read any more is laid aside."""
        if not self._path.exists():
            return
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=Kept)
            self._account.restore(kept.account)
        except (msgspec.MsgspecError, KeyError) as problem:
            aside = self._path.replace(self._path.with_suffix(".unreadable"))
            log.info("what was kept cannot be read", why=str(problem), laid_aside=str(aside))
            return
        self._idempotency.answers = kept.answers

    def save(self) -> None:
        """Write it, whole or not at all."""
        if not self._is_changed:
            return
        self._is_changed = False
        kept = Kept(account=self._account.kept(), answers=self._idempotency.answers)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(kept))
        new.replace(self._path)

    async def keep(self) -> None:
        """Write it again and again, for as long as the task lives."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.save()
