"""Servers as processes of their own, to be killed, stopped and woken; and people who use them."""

import asyncio
import itertools
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx

from protocol.address import Address, address_of
from protocol.clients.python import Client
from protocol.clients.python.subscription import Subscription
from tests.support.couple import new_code
from tests.support.forking import Forked, fork
from tests.support.until import until

ROOT = Path(__file__).parents[2]
STARTED_WITHIN_S = 40.0
ENDED_WITHIN_S = 20.0
PASSWORD = "a long enough sentence"  # noqa: S105 - of people who exist in tests only

TRIES_MAX = 10_000
"""A phone does not give up while its servers are broken."""

_count = itertools.count(1)
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.count(20_000 + 1_000 * (_WORKER % 10) + os.getpid() * 37 % 900)
"""No two workers of one run share a port: a server that was killed leaves its own free, for its
successor only."""


def free_port() -> int:
    """Find a port on which nobody listens, below those that the system hands out."""
    for port in _ports:
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def impatient() -> float:
    """Stand for chance where clients wait before they try again: soon, but not at once."""
    return 0.02


class Door(Protocol):
    """Where people come in."""

    @property
    def http_url(self) -> str:
        """Where its routes are."""

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""


class ServerProcess:
    """One API process."""

    def __init__(self, process: Forked, port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    @property
    def http_url(self) -> str:
        """Where its routes are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""
        return f"ws://127.0.0.1:{self.port}/v1/socket"

    @property
    def has_ended(self) -> bool:
        """Tell whether it is gone."""
        return self.process.returncode is not None

    @property
    def is_stopped(self) -> bool:
        """Tell whether a signal has frozen it."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        return words.rpartition(")")[2].split()[0] == "T"

    def kill(self) -> None:
        """Kill it, if it is still there."""
        with suppress(ProcessLookupError):
            self.process.kill()

    def wake(self) -> None:
        """Have it go on."""
        self.process.send_signal(signal.SIGCONT)

    async def ended(self) -> int:
        """Wait for its end; returns the exit code."""
        async with asyncio.timeout(ENDED_WITHIN_S):
            return await self.process.wait()

    async def readiness(self) -> dict[str, Any]:
        """Ask whether it can serve."""
        async with httpx.AsyncClient(base_url=self.http_url, timeout=5) as http:
            answer = await http.get("/readyz")
            return {"status_code": answer.status_code, **answer.json()}

    async def is_ready(self) -> bool:
        """Tell whether it serves; raises when it has ended instead."""
        if self.has_ended:
            raise AssertionError(f"the server ended: {self.log.read_text()[-2000:]}")
        try:
            return bool((await self.readiness())["status_code"] == 200)
        except httpx.TransportError:
            return False


@dataclass
class ServerProcesses:
    """Starts servers on one database, and leaves none behind."""

    database_url: str
    redis_url: str
    folder: Path
    started: list[ServerProcess] = field(default_factory=list)

    async def start(
        self,
        port: int | None = None,
        *,
        database_url: str | None = None,
        workers: int = 1,
        **environ: str,
    ) -> ServerProcess:
        """Start one, and wait until it serves."""
        server = await self.begin(port, database_url=database_url, workers=workers, **environ)
        await until(server.is_ready, within_s=STARTED_WITHIN_S)
        return server

    async def begin(
        self,
        port: int | None = None,
        *,
        database_url: str | None = None,
        workers: int = 1,
        **environ: str,
    ) -> ServerProcess:
        """Start one."""
        port = port or free_port()
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TANDEM_") and not name.endswith(("DATABASE_URL", "REDIS_URL"))
        }
        settings = {
            "DATABASE_URL": database_url or self.database_url,
            "REDIS_URL": self.redis_url,
            "TANDEM_HASH_KEY": "shared by all nodes of a test",
            "TANDEM_IS_CHEAP": "1",
            "TANDEM_DRAIN_S": "0",
            "TANDEM_LEASE_S": "1.5",
            "TANDEM_LOG_LEVEL": "warning",
            "TANDEM_MOODS_PER_DAY_MAX": "1000000",
        }
        log = self.folder / f"server-{len(self.started)}.log"
        process = fork(
            *("backend.cli", "serve", "--port", str(port), "--workers", str(workers)),
            environ=clean | settings | environ,
            log=log,
        )
        server = ServerProcess(process, port, log)
        self.started.append(server)
        return server

    async def end_all(self) -> None:
        """End what is left."""
        for server in self.started:
            if not server.has_ended:
                server.kill()
                await server.ended()


@dataclass
class Somebody:
    """Somebody who signed up over HTTP, and their phone."""

    user_id: UUID
    token: str
    name: str
    phone: Client
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The pushes of the relationship as they came, with their positions."""
    shown: dict[UUID, str] = field(default_factory=dict)
    """As what others are shown there, since the phone came back last."""

    def at(self, server: ServerProcess, *, tries_max: int = 50) -> Client:
        """Give them another phone, at a certain server."""
        return Client(server.socket_url, token=self.token, random=impatient, tries_max=tries_max)


class _Tokens:
    """Somebody's tokens, exchanged when the server takes the present one no more."""

    def __init__(self, door: Door, refresh_token: str) -> None:
        self._door = door
        self._refresh_token = refresh_token

    async def renew(self) -> str:
        async with httpx.AsyncClient(base_url=self._door.http_url, timeout=20) as http:
            body = {"refresh_token": self._refresh_token}
            answer = (await http.post("/v1/auth/refresh", json=body)).raise_for_status().json()
        self._refresh_token = answer["refresh_token"]
        return str(answer["access_token"])


async def sign_up(server: Door, name: str) -> Somebody:
    """Have somebody sign up."""
    async with httpx.AsyncClient(base_url=server.http_url, timeout=20) as http:
        answer = await http.post(
            "/v1/auth/sign-up",
            json={
                "email": f"{name.lower()}.{next(_count)}.{os.getpid()}@example.org",
                "password": PASSWORD,
                "name": name,
                "time_zone": "Europe/Berlin",
            },
        )
    answer.raise_for_status()
    said = answer.json()
    phone = Client(
        server.socket_url,
        token=said["access_token"],
        renew=_Tokens(server, said["refresh_token"]).renew,
        random=impatient,
        tries_max=TRIES_MAX,
    )
    return Somebody(UUID(said["user"]["id"]), said["access_token"], name, phone)


@dataclass
class Pair:
    """Two people with a relationship, each following it on a phone that comes back by itself."""

    anna: Somebody
    ben: Somebody
    relationship_id: UUID

    @property
    def address(self) -> Address:
        """Their relationship's actor and topic."""
        return address_of("relationship", self.relationship_id)

    def see_each_other(self) -> bool:
        """Tell whether each is shown that the other is there."""
        one, other = self.anna, self.ben
        shown = one.shown.get(other.user_id), other.shown.get(one.user_id)
        return shown == ("online", "online")


@asynccontextmanager
async def pair_at(server: Door) -> AsyncIterator[Pair]:
    """Have two people sign up and one accept the other's invitation; their phones stay open."""
    anna, ben = await sign_up(server, "Anna"), await sign_up(server, "Ben")
    async with anna.phone, ben.phone:
        code = new_code()
        opened = await anna.phone.ask(
            {"type": "invitations.open", "code": code, "privacy_level": "open"}
        )
        pair = Pair(anna, ben, UUID(opened["relationship_id"]))
        await ben.phone.ask(
            {
                "type": "invitations.accept",
                "relationship_id": opened["relationship_id"],
                "code": code,
            }
        )
        await anna.phone.next_push("relationships.started")
        await ben.phone.next_push("relationships.started")
        for somebody in (anna, ben):
            ours = somebody.phone.join(pair.address)
            _keep_shown(somebody, ours)
            await ours.ready()
            ours.on_push(_keeper(somebody))
        yield pair


def _keeper(somebody: Somebody) -> Callable[[dict[str, Any], str, str, datetime], object]:
    def keep(event: dict[str, Any], _topic: str, pos: str, _at: datetime) -> None:
        somebody.seen.append((pos, event))

    return keep


def _keep_shown(somebody: Somebody, ours: Subscription) -> None:
    """Note who is shown to somebody; whoever comes back is shown everybody anew."""
    ours.on_presence(lambda seen: somebody.shown.update({seen.user_id: seen.status}))
    somebody.phone.on_state(lambda _state: somebody.shown.clear())
