"""Apple's client secret: a JWT that we sign ourselves, good for a while."""

from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from actors.ports import Clock
from backend.integrations.oidc.errors import OidcSettingsWrong
from backend.integrations.oidc.settings import AppleKey

LIFE_S = 60 * 60
"""Apple takes half a year; what is stolen from memory or from a log should not last so long."""
RENEWED_BEFORE_S = 5 * 60
_ALGORITHM = "ES256"
_CURVE = "P-256"


class AppleSecret:
    """Makes client secrets, each used until shortly before its end."""

    def __init__(self, key: AppleKey, client_id: str, issuer: str, clock: Clock) -> None:
        """Read the key. Raises OidcSettingsWrong."""
        self._key = _read(key)
        self._header = {"alg": _ALGORITHM, "kid": key.key_id}
        self._claims = {"iss": key.team_id, "aud": issuer, "sub": client_id}
        self._clock = clock
        self._secret = ""
        self._renewed_at: datetime | None = None

    def current(self) -> str:
        """Give a secret that is good now."""
        now = self._clock.now()
        if self._renewed_at is None or now >= self._renewed_at:
            issued_at = int(now.timestamp())
            claims = {**self._claims, "iat": issued_at, "exp": issued_at + LIFE_S}
            self._secret = jwt.encode(self._header, claims, self._key, [_ALGORITHM])
            self._renewed_at = now + timedelta(seconds=LIFE_S - RENEWED_BEFORE_S)
        return self._secret


def _read(key: AppleKey) -> ECKey:
    try:
        found = ECKey.import_key(key.private_key)
    except (JoseError, ValueError, TypeError):
        found = None
    if found is None or not found.is_private or found.curve_name != _CURVE:
        # Not the problem's own words: they may quote the key.
        raise OidcSettingsWrong(
            "the apple_key is no ES256 private key: it is the whole text of the .p8 file"
        )
    return found
