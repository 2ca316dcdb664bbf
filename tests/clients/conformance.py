"""The conformance script: `conformance.json`, played with any client on any server."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from protocol.clients.python import Refused
from tests.clients.phone import Fields, Phone, Phones
from tests.clients.script_server import WITHIN_S

SCRIPT: Fields = json.loads(Path(__file__).with_name("conformance.json").read_text())


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Put what names stand for in their place."""
    if isinstance(value, str):
        return names[value[1:]] if value.startswith("$") else value
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict):
        return {filled(key, names): filled(item, names) for key, item in value.items()}
    return value


def has(found: Fields, wanted: Fields) -> bool:
    """Tell whether something has all that is wanted of it."""
    return all(found.get(name) == value for name, value in wanted.items())


class Person:
    """One of the two, with the phone in hand."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._heard: dict[str, list[Fields]] = defaultdict(list)

    async def play(self, does: str, step: Fields) -> None:
        """Do one step, or see what it says."""
        if hasattr(self, does):
            await getattr(self, does)(**step)
        else:
            await getattr(self.phone, does)(**step)

    async def ask(self, **step: Any) -> None:
        """Ask, and keep the answer under the name of `as`."""
        name = step.pop("as")
        self._asked[name] = await self.phone.ask(**step)

    async def hear_answer(
        self,
        of: str,
        ok: Fields | None = None,
        refused: str | None = None,
        same_as: str | None = None,
    ) -> None:
        """See how an ask ended."""
        async with asyncio.timeout(WITHIN_S):
            if refused is not None:
                with pytest.raises(Refused) as caught:
                    await self._asked[of]
                assert caught.value.code == refused
                return
            answer = await self._asked[of]
        assert has(answer, ok or {}), answer
        if same_as is not None:
            assert answer == await self._asked[same_as]

    async def hear_push(self, topic: str, event: Fields) -> None:
        """See the next push of a topic; what came from other topics meanwhile is set aside."""
        while not self._heard[topic]:
            push = await self.phone.next("push")
            self._heard[push["topic"]].append(push)
        push = self._heard[topic].pop(0)
        assert has(push["event"], event), push

    async def hear_presence(self, topic: str, presence: Fields) -> None:
        """See a presence, perhaps after others."""
        async with asyncio.timeout(WITHIN_S):
            while not has(await self.phone.next("presence"), presence | {"topic": topic}):
                pass

    async def is_refused(self, topic: str, refused: str) -> None:
        """See that a topic may not be followed."""
        with pytest.raises(Refused) as caught:
            await self.phone.ready(topic)
        assert caught.value.code == refused


async def play(
    phones: Phones, url: str, tokens: Mapping[str, str], names: Mapping[str, str]
) -> None:
    """Have two people play the script on a server.

    `tokens` are anna's and ben's. `names` say which topic is theirs (`pair`) and which nobody's
    (`stranger`), and give an id for the command that is asked twice.
    """
    people = {
        name: Person(await phones(url, tokens=[token], in_real_time=True))
        for name, token in tokens.items()
    }
    for place, step in enumerate(SCRIPT["steps"]):
        if "who" not in step:
            continue
        rest = {name: value for name, value in step.items() if name not in ("who", "does")}
        try:
            await people[step["who"]].play(step["does"], filled(rest, names))
        except BaseException as problem:
            problem.add_note(f"in step {place} of the script: {step}")
            raise
