"""Apple's client secret: a JWT that we sign, short of life, and made no oftener than needed."""

import traceback
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from backend.integrations.oidc import AppleKey, OidcClient, OidcSettings, OidcSettingsWrong
from backend.integrations.oidc.apple_secret import LIFE_S, RENEWED_BEFORE_S, AppleSecret
from tests.support.clock import FakeClock

ISSUER = "https://appleid.apple.com"
KEY = ECKey.generate_key("P-256")


def _apple_key(pem: bytes) -> AppleKey:
    return AppleKey(team_id="TEAM123456", key_id="KEY1234567", private_key=pem.decode())


@pytest.fixture
def secret(clock: FakeClock) -> AppleSecret:
    """Secrets of a client at Apple."""
    return AppleSecret(_apple_key(KEY.as_pem(private=True)), "com.example.web", ISSUER, clock)


def _read(secret: str) -> jwt.Token:
    public = ECKey.import_key(KEY.as_dict(private=False))
    return jwt.decode(secret, public, algorithms=["ES256"])


async def test_it_says_who_we_are_and_for_whom_it_is(secret: AppleSecret, clock: FakeClock) -> None:
    token = _read(secret.current())
    now = int(clock.now().timestamp())
    assert token.header == {"typ": "JWT", "alg": "ES256", "kid": "KEY1234567"}
    assert token.claims == {
        "iss": "TEAM123456",
        "sub": "com.example.web",
        "aud": ISSUER,
        "iat": now,
        "exp": now + LIFE_S,
    }


async def test_it_is_made_anew_shortly_before_its_end(
    secret: AppleSecret, clock: FakeClock
) -> None:
    first = secret.current()
    await clock.advance(seconds=LIFE_S - RENEWED_BEFORE_S - 1)
    assert secret.current() == first
    await clock.advance(seconds=1)
    second = secret.current()
    assert _read(second).claims["exp"] == int(clock.now().timestamp()) + LIFE_S
    assert secret.current() == second


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"not a key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        KEY.as_pem(),
        ECKey.generate_key("P-384").as_pem(private=True),
        RSAKey.generate_key(2_048).as_pem(private=True),
    ],
)
def test_what_is_no_key_of_apples_is_found_at_once(pem: bytes) -> None:
    settings = OidcSettings(
        name="apple", issuer=ISSUER, client_id="com.example.web", apple_key=_apple_key(pem)
    )
    with pytest.raises(OidcSettingsWrong, match="no ES256 private key") as wrong:
        OidcClient(settings, FakeClock(datetime.now(UTC)))
    trace = "".join(traceback.format_exception(wrong.value))
    for line in pem.decode().splitlines():
        assert "BEGIN" in line or "END" in line or line not in trace
