"""Passwords: argon2id in threads, a few at once, so that sign-ins never stop the event loop."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.domains.identity.settings import PasswordCost
from protocol.common import Overloaded

Result = TypeVar("Result")


class Passwords:
    """Hashes and checks passwords; who would wait too long is refused at once."""

    def __init__(self, cost: PasswordCost) -> None:
        """Hash at this cost."""
        self._cost = cost
        self._hasher = PasswordHasher(cost.time_cost, cost.memory_kib, cost.parallelism)
        self._threads = ThreadPoolExecutor(cost.at_once, thread_name_prefix="password")
        self._free = asyncio.Semaphore(cost.at_once)
        self._waiting = 0
        self._nobodys_hash = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Hash a new password. Raises Overloaded."""
        return await self._in_thread(lambda: self._hasher.hash(_canonical(password)))

    async def matches(self, password: str, secret_hash: str | None) -> bool:
        """Tell whether a password is the right one. Raises Overloaded.

        Where there is none (None) it takes as long: a hash that nobody's password has is tried.
        """
        is_right = await self._in_thread(
            lambda: self._verify(password, secret_hash or self._nobodys_hash)
        )
        return is_right and secret_hash is not None

    def is_outdated(self, secret_hash: str) -> bool:
        """Tell whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(secret_hash)

    def close(self) -> None:
        """Let the threads go; what they are at, they finish."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, secret_hash: str) -> bool:
        try:
            return self._hasher.verify(secret_hash, _canonical(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        await self._wait_for_thread()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free.release()

    async def _wait_for_thread(self) -> None:
        if self._waiting >= self._cost.waiting_max:
            raise Overloaded(what="passwords to check")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._cost.wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded(what="passwords to check") from None
        finally:
            self._waiting -= 1


def _canonical(password: str) -> str:
    """Write a password in one way, whatever keyboard composed its accents (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
