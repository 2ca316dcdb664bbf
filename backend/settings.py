"""Settings: what a deployment decides, read from the environment."""

import os
from collections.abc import Mapping
from typing import Any, Self

import msgspec

from backend.gateway.ports import GatewaySettings

PREFIX = "TANDEM_"


class SettingWrong(Exception):  # noqa: N818 - named by the fact
    """A setting is missing or cannot be read; the sentence names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a server needs to know. `TANDEM_LANES=2` sets `lanes`, and so on."""

    database_url: str
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    lanes: int = 1
    database_pool_max: int = 10
    actor_idle_s: float = 120.0
    actors_max: int = 200_000
    drain_s: float = 2.0
    log_level: str = "info"
    hash_key: str = ""
    """Keys the hashes that stand for network addresses; secret, the same on every node."""
    is_demo: bool = False
    """Whether demo people exist whose passwords the page knows."""
    is_cheap: bool = False
    """Whether passwords are hashed cheaply: for tests and benches, never for people."""
    gateway: GatewaySettings = msgspec.field(default_factory=GatewaySettings)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read settings from the environment. Raises SettingWrong."""
        found: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX)
        }
        for name in ("database_url", "redis_url"):
            if name.upper() in environ:
                found[name] = environ[name.upper()]
        gateway = {
            name.removeprefix("gateway_"): found.pop(name)
            for name in list(found)
            if name.startswith("gateway_")
        }
        if "origins" in gateway:
            gateway["origins"] = [part for part in gateway["origins"].split(",") if part]
        known = {name: value for name, value in found.items() if name in cls.__struct_fields__}
        try:
            return msgspec.convert({**known, "gateway": gateway}, cls, strict=False)
        except msgspec.ValidationError as problem:
            message = f"A setting is wrong: {problem}. See docs/settings.md."
            raise SettingWrong(message) from None
