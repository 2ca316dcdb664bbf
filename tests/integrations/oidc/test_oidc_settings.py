"""What a deployment says of a provider: wrong ones are found at once, secrets are never shown."""

from typing import Any

import msgspec
import pytest

from backend.integrations.oidc import (
    AppleKey,
    Attempt,
    Exchange,
    OidcIdentity,
    OidcSettings,
    OidcSettingsWrong,
)

APPLE_KEY = AppleKey(team_id="TEAM123456", key_id="KEY1234567", private_key="the private key")
WHOLE: dict[str, Any] = {
    "name": "google",
    "issuer": "https://accounts.google.com",
    "client_id": "a client",
    "client_secret": "the client secret",
}


def test_what_is_whole_is_taken() -> None:
    settings = OidcSettings(**WHOLE)
    assert settings.algorithms == ("RS256", "ES256")
    assert settings.own_audiences == {"a client"}
    assert OidcSettings(**WHOLE, audiences=("an app",)).own_audiences == {"a client", "an app"}
    written = msgspec.json.encode(WHOLE | {"algorithms": ["PS256"]})
    assert msgspec.json.decode(written, type=OidcSettings).algorithms == ("PS256",)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "Google!"}, "named in a word"),
        ({"name": ""}, "named in a word"),
        ({"issuer": "accounts.google.com"}, "issuer"),
        ({"issuer": "http://accounts.google.com"}, "issuer"),
        ({"issuer": "http://127.0.0.1:8000"}, "issuer"),
        ({"issuer": "https://accounts.google.com?tenant=7"}, "issuer"),
        ({"issuer": "https://accounts.google.com#"}, "issuer"),
        ({"issuer": "https://me@accounts.google.com"}, "issuer"),
        ({"issuer": "https://"}, "issuer"),
        ({"issuer": "https://accounts.google.com:many"}, "issuer"),
        ({"issuer": "https://" + "a" * 2_000}, "issuer"),
        ({"issuer": "https://accounts.google.com", "client_id": ""}, "client_id"),
        ({"client_secret": ""}, "either a client_secret or an apple_key"),
        ({"apple_key": APPLE_KEY}, "either a client_secret or an apple_key"),
        ({"scopes": ("email",)}, "openid"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": ("HS256",)}, "algorithms"),
        ({"algorithms": ("RS256", "none")}, "algorithms"),
    ],
)
def test_what_cannot_be_is_found_at_once(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(OidcSettingsWrong, match=why) as wrong:
        OidcSettings(**(WHOLE | changes))
    assert "the client secret" not in str(wrong.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "127.0.0.2", "[::1]:8000"])
def test_a_test_may_have_its_provider_on_this_machine(host: str) -> None:
    issuer = f"http://{host}"
    assert OidcSettings(**(WHOLE | {"issuer": issuer}), allows_loopback=True).issuer == issuer


@pytest.mark.parametrize("host", ["accounts.google.com", "10.0.0.1", "127.0.0.1.example.org"])
def test_but_nowhere_else_without_tls(host: str) -> None:
    with pytest.raises(OidcSettingsWrong, match="issuer"):
        OidcSettings(**(WHOLE | {"issuer": f"http://{host}"}), allows_loopback=True)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (OidcSettings(**WHOLE), "google"),
        (
            OidcSettings(name="apple", issuer="https://a", client_id="a", apple_key=APPLE_KEY),
            "KEY1",
        ),
        (APPLE_KEY, "TEAM123456"),
        (Attempt(state="the state", nonce="the nonce", code_verifier="the verifier"), "Attempt("),
        (Exchange(code="the code", code_verifier="the verifier", redirect_uri="b"), "Exchange("),
        (OidcIdentity(issuer="https://a", subject="the subject", name="the name"), "https://a"),
    ],
)
def test_a_value_shows_what_it_is_and_nothing_that_is_secret(
    value: msgspec.Struct, shown: str
) -> None:
    assert shown in repr(value)
    for printed in (repr(value), str(value), f"{value}", str(value.__rich_repr__())):
        assert "the " not in printed
