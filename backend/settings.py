"""Settings: what a deployment decides, read from the environment."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta

from backend.gateway.ports import GatewaySettings
from backend.listening import PORT_MAX

PREFIX = "TANDEM_"
PLAIN = ("database_url", "redis_url")
"""Settings that many programs know, so they have no prefix."""
LANES_MAX = 64
NODES_MAX = 64
"""On one machine; further machines may have as many."""

_PLACE = re.compile(r" - at `\$\.(.+?)`|`(\w+)`$")


class SettingWrong(Exception):
    """A setting is missing or cannot be read; the sentence names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a server needs to know. `TANDEM_LANES=2` sets `lanes`, and so on."""

    database_url: str
    redis_url: str | None = None
    jobs_redis_url: str | None = None
    """Where the queue of jobs is; left out, it is in the same Redis as all else."""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=PORT_MAX)] = 8000
    node_port: Annotated[int, Meta(ge=0, le=PORT_MAX)] = 0
    """Where the first of several nodes is asked by itself, the others behind it; 0: nowhere."""
    lanes: Annotated[int, Meta(ge=1, le=LANES_MAX)] = 2
    database_pool_max: Annotated[int, Meta(ge=1)] = 10
    actor_idle_s: Annotated[float, Meta(gt=0)] = 120.0
    actors_max: Annotated[int, Meta(ge=1)] = 200_000
    drain_s: Annotated[float, Meta(ge=0, le=600)] = 2.0
    lease_s: Annotated[float, Meta(ge=0.5, le=60)] = 3.0
    """For so long nobody else takes the actors of a node of which nothing is heard."""
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    """`json`, `console`, or `auto`: readable where a person looks on, else JSON."""
    hash_key: str = ""
    """Keys the hashes that stand for network addresses, and seals what nodes say to each other;
    secret, the same on every node."""
    is_demo: bool = False
    """Whether demo people exist whose passwords the page knows."""
    demo_password: str = ""
    """Their password; secret, made by `make run` for each data folder."""
    is_cheap: bool = False
    """Whether passwords are hashed cheaply: for tests and benches, never for people."""
    vapid_private_key: str = ""
    """The key by which push services know this deployment, and browsers subscribe; secret."""
    vapid_former_private_keys: str = ""
    """Keys it had before, the newest first, with spaces between; secret."""
    vapid_contact: str = "mailto:push@localhost"
    """Whom push services may write to: a mailto: or https: URL."""
    push_allows_loopback: bool = False
    """For tests: push services on this machine, over plain HTTP."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach this deployment; links in letters lead there."""
    return_to: str = ""
    """Further origins that links may lead to, with spaces between them."""
    terms_version: str = ""
    privacy_version: str = ""
    """What of either is in force, to be agreed to; empty: there is none."""
    oidc: str = ""
    """The OpenID providers people may come in by, as JSON; secret."""
    stripe_secret_key: str = ""
    """By which Stripe knows this deployment; empty: nothing is paid by card; secret."""
    stripe_publishable_key: str = ""
    """What phones and pages show Stripe; not secret."""
    stripe_webhook_secrets: str = ""
    """What Stripe signs its webhooks with, the newest first, with spaces between; secret."""
    stripe_api_base: str = "https://api.stripe.com"
    """Where Stripe is; somewhere else only where a stand-in runs."""
    payout_unused_minor_max: Annotated[int, Meta(ge=0)] = 20_000
    """How many cents of what came in by card lately go back though they were on no promise."""
    chain: str = ""
    """The chain that money comes and goes by as USDC, as JSON; empty: none; secret."""
    usdc_limits: str = ""
    """How much may come and go as USDC, by tier, as JSON."""
    mail_url: str = ""
    """Where letters are handed over; secret, for it may hold a password."""
    mail_from: str = "Tandem <tandem@localhost>"
    """Who letters say they are from."""
    export_bytes_max: Annotated[int, Meta(ge=1_000_000, le=2_000_000_000)] = 256_000_000
    """How many bytes the files of one export may have in all."""
    mailbox: str = ""
    """The folder of the mailbox of a run on one's own machine."""
    gateway: GatewaySettings = msgspec.field(default_factory=GatewaySettings)

    @property
    def redis_urls(self) -> tuple[str, ...]:
        """Where Redis is: one server, or several that each carry the words of some nodes."""
        return tuple((self.redis_url or "").split())

    @property
    def jobs_url(self) -> str | None:
        """Where the queue of jobs is."""
        return self.jobs_redis_url or next(iter(self.redis_urls), None)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read settings from the environment. Raises SettingWrong."""
        found: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX)
        }
        for name in PLAIN:
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
            settings = msgspec.convert({**known, "gateway": gateway}, cls, strict=False)
        except msgspec.ValidationError as problem:
            raise SettingWrong(_sentence(str(problem))) from None
        for url in settings.redis_urls:
            _check_redis("redis_url", url)
        if settings.jobs_redis_url:
            _check_redis("jobs_redis_url", settings.jobs_redis_url)
        return settings

    def check_node(self) -> None:
        """Make sure that a node can be run with these. Raises SettingWrong."""
        if self.redis_urls and not self.hash_key:
            # Without it whoever can write to Redis could give orders as the system itself.
            raise SettingWrong(
                "The setting TANDEM_HASH_KEY is missing: with REDIS_URL it seals what nodes say to "
                "each other. Set it, to the same on every node; openssl rand -hex 32 makes one. "
                "See docs/settings.md."
            )
        self.check_push_keys()

    def check_push_keys(self) -> None:
        """Make sure that browsers can be pushed to, if they are to be. Raises SettingWrong."""
        if not (self.vapid_private_key or self.vapid_former_private_keys):
            return
        from backend.integrations.vapid import VapidKeyRing, VapidKeyWrong  # noqa: PLC0415 - slow to load

        try:
            VapidKeyRing(self.vapid_private_key, self.vapid_former_private_keys)
        except VapidKeyWrong as problem:
            raise SettingWrong(f"{problem} See docs/settings.md.") from None


def variable_of(name: str) -> str:
    """Name the environment variable of a setting: `lanes` → TANDEM_LANES."""
    return ("" if name in PLAIN else PREFIX) + name.replace(".", "_").upper()


def number_of(name: str, text: str, most: int) -> int:
    """Read a number from 1 to `most` that a person gave. Raises SettingWrong."""
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise SettingWrong(f"{name} is a number from 1 to {most}, not {text!r}.")
    return int(text)


def _check_redis(name: str, url: str) -> None:
    from backend.integrations.redis_url import RedisUrlWrong, check_redis_url  # noqa: PLC0415 - slow to load; only who names a Redis needs it

    try:
        check_redis_url(url)
    except RedisUrlWrong as problem:
        said = f"The setting {variable_of(name)} is wrong: {problem}. See docs/settings.md."
        raise SettingWrong(said) from None


def _sentence(problem: str) -> str:
    """Say what is wrong with which setting; the value itself may be a secret."""
    place = _PLACE.search(problem)
    if place is None:
        return f"A setting is wrong: {problem}. See docs/settings.md."
    variable = variable_of(place[1] or place[2])
    if place[1] is None:
        return f"The setting {variable} is missing. See docs/settings.md."
    said = _PLACE.sub("", problem).replace("Expected", "expected")
    return f"The setting {variable} is wrong: {said}. See docs/settings.md."


def owner_url(environ: Mapping[str, str] = os.environ) -> str:
    """Name the database as the role that owns its tables. Raises SettingWrong."""
    url = environ.get("OWNER_DATABASE_URL") or environ.get("DATABASE_URL")
    if not url:
        raise SettingWrong("OWNER_DATABASE_URL (or DATABASE_URL) says which database; set it.")
    return url
