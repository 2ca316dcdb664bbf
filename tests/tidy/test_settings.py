"""docs/settings.md names every setting there is, no other, each with its true default."""

import re

import msgspec
import pytest

from backend.gateway.ports import GatewaySettings
from backend.settings import PREFIX, Settings, SettingWrong, variable_of
from tests.tidy.sources import ROOT, files, place

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| `(?P<name>[A-Z_]+)` \| (?P<unit>.+?) \| (?P<default>.+?) \| .+ \|$", re.MULTILINE
)
WRITTEN = {row["name"]: row["default"] for row in ROW.finditer(PAGE)}
# What the code asks the environment for by its full name.
NAMED = re.compile(rf"""["'](?P<name>{PREFIX}[A-Z_]+|(?:[A-Z]+_)?DATABASE_URL|REDIS_URL)["']""")
OF_COMPOSE = {
    "TANDEM_SITE",
    "TANDEM_HTTP_PORT",
    "TANDEM_HTTPS_PORT",
    "TANDEM_OWNER_PASSWORD",
    "TANDEM_APP_PASSWORD",
}


def _defaults() -> dict[str, object]:
    """List every field of the settings with its default, by the variable's name."""
    gateway = msgspec.structs.asdict(GatewaySettings())
    found = {variable_of(f"gateway.{name}"): default for name, default in gateway.items()}
    whole = msgspec.structs.asdict(Settings(database_url=""))
    found |= {variable_of(name): value for name, value in whole.items() if name != "gateway"}
    return found


def _as_written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


def test_every_setting_is_on_the_page_and_no_other() -> None:
    in_code = {
        found["name"]
        for path in files()
        if place(path).startswith("backend/") and path.suffix == ".py"
        for found in NAMED.finditer(path.read_text(encoding="utf-8"))
    }
    assert len(in_code) > 5
    assert set(WRITTEN) == {*_defaults(), *in_code, "TANDEM_FAILPOINT_SIGNAL"}


def test_the_defaults_are_those_of_the_code() -> None:
    wrong = {
        name: (WRITTEN[name], default)
        for name, default in _defaults().items()
        if default not in {"", None, ()} and WRITTEN[name].strip("`") != _as_written(default)
    }
    assert not wrong


def test_the_limits_of_rooms_have_their_defaults() -> None:
    limits = (ROOT / "backend" / "domains" / "journal" / "limits.py").read_text(encoding="utf-8")
    for name, default in re.findall(r'whole_number\("([A-Z_]+)", (\d+)\)', limits):
        assert WRITTEN.pop(name) == default
    assert "TANDEM_MOODS_PER_DAY_MAX" not in WRITTEN


def test_what_the_examples_set_is_a_setting() -> None:
    example = (ROOT / "deploy" / "example.env").read_text(encoding="utf-8")
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    used = {
        *re.findall(r"^([A-Z_]+)=", example, re.MULTILINE),
        *re.findall(r"^ +(TANDEM_\w+):", compose, re.MULTILINE),
    }
    assert used >= OF_COMPOSE
    assert used - OF_COMPOSE - {"POSTGRES_PASSWORD"} <= {*_defaults()}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "DATABASE_URL is missing"),
        ({"DATABASE_URL": "x", "TANDEM_LANES": "0"}, "TANDEM_LANES is wrong: expected `int` >= 1"),
        ({"DATABASE_URL": "x", "TANDEM_PORT": "99999"}, "TANDEM_PORT is wrong"),
        ({"DATABASE_URL": "x", "TANDEM_LOG_LEVEL": "loud"}, "TANDEM_LOG_LEVEL is wrong"),
        (
            {"DATABASE_URL": "x", "TANDEM_GATEWAY_SOCKETS_MAX": "many"},
            "TANDEM_GATEWAY_SOCKETS_MAX is wrong",
        ),
        ({"DATABASE_URL": "x", "REDIS_URL": "bogus"}, "REDIS_URL is wrong: it begins with"),
        ({"DATABASE_URL": "x", "REDIS_URL": "redis://a redis://b:0"}, "REDIS_URL is wrong"),
        (
            {"DATABASE_URL": "x", "TANDEM_JOBS_REDIS_URL": "redis+sentinel://foo"},
            "TANDEM_JOBS_REDIS_URL is wrong",
        ),
        ({"DATABASE_URL": "x", "TANDEM_LEASE_S": "61"}, "TANDEM_LEASE_S is wrong"),
        ({"DATABASE_URL": "x", "TANDEM_LEASE_S": "nan"}, "TANDEM_LEASE_S is wrong"),
        ({"DATABASE_URL": "x", "TANDEM_DRAIN_S": "inf"}, "TANDEM_DRAIN_S is wrong"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingWrong, match=re.escape(said)):
        Settings.from_env(environ)


def test_a_node_with_a_redis_needs_the_key_that_seals_its_words() -> None:
    with_redis = {"DATABASE_URL": "x", "REDIS_URL": "redis://localhost"}
    with pytest.raises(SettingWrong, match="TANDEM_HASH_KEY is missing"):
        Settings.from_env(with_redis).check_node()
    Settings.from_env({**with_redis, "TANDEM_HASH_KEY": "a secret"}).check_node()
    Settings.from_env({"DATABASE_URL": "x"}).check_node()
