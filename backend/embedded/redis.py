"""An embedded Redis (or Valkey): carries messages and keeps the queue of jobs."""

import re
import signal
from typing import ClassVar, cast

import redis

from backend.embedded.process import Ladder
from backend.embedded.programs import redis_program, within_reach
from backend.embedded.server import EmbeddedServer

SOCKET_NAME = "redis.sock"
ANSWER_WITHIN_S = 1.0

SETTINGS = {
    "port": "0",  # No network.
    "unixsocketperm": "700",
    "dir": ".",  # It is started in its data folder, which its account may not be able to walk to.
    "save": "",
    "appendfsync": "everysec",
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",  # A full queue must refuse, never forget.
    "logfile": "",
}


class EmbeddedRedis(EmbeddedServer):
    """Redis from its package or the PATH; `url` tells how to reach it.

    Not durable means that it forgets everything when it stops.
    """

    name: ClassVar = "Redis"
    programs: ClassVar = frozenset({"redis-server", "valkey-server"})
    stop_ladder: ClassVar[Ladder] = ((signal.SIGTERM, 20.0),)  # The same as SHUTDOWN.

    @property
    def url(self) -> str:
        """The URL of database 0, as redis-py and arq read it."""
        return f"unix://{self.place.run / SOCKET_NAME}?db=0"

    async def _prepare(self) -> None:
        self.place.data.mkdir(mode=0o700, exist_ok=True)
        self.place.give(self.place.data)

    def _command(self) -> list[str]:
        settings = SETTINGS | {
            "unixsocket": str(self.place.run / SOCKET_NAME),
            "appendonly": "yes" if self.durable else "no",
            **self._settings,
        }
        program = within_reach(redis_program(), self.place.account, self.place.run)
        command = [str(program)]
        for name, value in settings.items():
            command += [f"--{name}", value]
        return command

    def _is_ready(self) -> bool:
        client = self._client()
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # Not there yet, or still loading.
            return False
        finally:
            client.close()

    def _sign_of_progress(self) -> object:
        return self._loaded_bytes()

    def _progress(self, words: str) -> str | None:
        del words
        loaded = self._loaded_bytes()
        return f"Redis is reading its file ({loaded // 1024**2} MiB so far)." if loaded else None

    def _reason(self, words: str) -> str:
        lines = [line for line in words.splitlines() if line.strip()]
        # Before the words stand the process id, its role, the time and a mark for the level.
        return re.sub(r"^\d+:\w .{20,26} [.*#-] ", "", lines[-1]) if lines else "it said nothing"

    def _loaded_bytes(self) -> int:
        client = self._client()
        try:
            facts = cast("dict[str, int]", client.info("persistence"))
        except redis.RedisError:
            return 0
        finally:
            client.close()
        return facts.get("loading_loaded_bytes", 0)

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.place.run / SOCKET_NAME), socket_timeout=ANSWER_WITHIN_S
        )
