"""Passwords: hashed in threads, few at once, with an end to waiting."""

import asyncio
import threading

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from backend.domains.identity.passwords import Passwords
from backend.domains.identity.settings import PasswordCost
from backend.embedded.waiting import happens
from protocol.common import Overloaded
from tests.domains.identity.door import CHEAP


async def test_hashes_are_argon2id_at_the_cost_set() -> None:
    passwords = Passwords(PasswordCost())
    hashed = await passwords.hash("correct horse")
    parameters = extract_parameters(hashed)
    assert parameters.type is Type.ID
    assert (parameters.time_cost, parameters.memory_cost) == (2, 19_456)
    assert await passwords.matches("correct horse", hashed)
    assert not await passwords.matches("correct house", hashed)
    assert hashed != await passwords.hash("correct horse"), "each has a salt of its own"
    passwords.close()


async def test_nobodys_password_is_checked_and_never_right() -> None:
    checked: list[str] = []

    class Watched(Passwords):
        """Notes what is checked."""

        def _verify(self, password: str, secret_hash: str) -> bool:
            checked.append(secret_hash)
            return super()._verify(password, secret_hash)

    passwords = Watched(CHEAP)
    hashed = await passwords.hash("correct horse")
    assert await passwords.matches("correct horse", hashed)
    assert not await passwords.matches("correct horse", None)
    assert checked[0] == hashed
    assert extract_parameters(checked[1]) == extract_parameters(hashed), "at the same cost"
    assert not await passwords.matches("correct horse", "$not$a$hash")
    passwords.close()


class Slow(Passwords):
    """Passwords that take until the test lets them."""

    def __init__(self, cost: PasswordCost) -> None:
        super().__init__(cost)
        self.go = threading.Event()
        self.at_once = 0
        self.at_once_most = 0
        self._counting = threading.Lock()

    def _verify(self, password: str, secret_hash: str) -> bool:
        with self._counting:
            self.at_once += 1
            self.at_once_most = max(self.at_once, self.at_once_most)
        assert self.go.wait(10)
        with self._counting:
            self.at_once -= 1
        return super()._verify(password, secret_hash)


async def test_few_are_hashed_at_once_and_the_loop_goes_on() -> None:
    passwords = Slow(PasswordCost(time_cost=1, memory_kib=8, at_once=2))
    checks = [asyncio.create_task(passwords.matches("x", None)) for _ in range(10)]
    assert await happens(lambda: passwords.at_once == 2, within_s=10), "while the loop turns"
    passwords.go.set()
    assert await asyncio.gather(*checks) == [False] * 10
    assert passwords.at_once_most == 2
    passwords.close()


async def test_too_many_waiting_are_refused_at_once() -> None:
    passwords = Slow(PasswordCost(time_cost=1, memory_kib=8, at_once=1, waiting_max=2))
    checks = [asyncio.create_task(passwords.matches("x", None)) for _ in range(4)]
    done, waiting = await asyncio.wait(checks, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    assert [type(check.exception()) for check in done] == [Overloaded]
    passwords.go.set()
    assert await asyncio.gather(*waiting) == [False] * 3
    passwords.close()


async def test_waiting_has_an_end() -> None:
    passwords = Slow(PasswordCost(time_cost=1, memory_kib=8, at_once=1, wait_s=0.05))
    first = asyncio.create_task(passwords.matches("x", None))
    with pytest.raises(Overloaded):
        await asyncio.gather(passwords.matches("x", None))
    passwords.go.set()
    assert await first is False
    assert await passwords.matches("x", None) is False, "there is room again"
    passwords.close()
