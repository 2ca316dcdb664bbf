"""OpenID providers on this machine: people sign in there, keys turn, and answers go wrong."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from backend.integrations.oidc import AppleKey, Attempt, OidcSettings
from tests.clients.javascript_phone import node_command
from tests.support.oidc_browser import new_browser, sign_in

SCRIPT = Path(__file__).parent / "npm" / "oidc_provider.mjs"
ENDED_WITHIN_S = 20.0
APPLE = "/apple"
"""Where the provider is that does as Apple does."""
DISCOVERY, JWKS, TOKEN = "/.well-known/openid-configuration", "/jwks", "/token"
REDIRECT_URI = "https://tandem.example/v1/auth/oidc/any/callback"
APP_REDIRECT_URI = "com.example.tandem:/signed-in"
WEB_CLIENT, ELLIPTIC_CLIENT, APP_CLIENT = "tandem-web", "tandem-elliptic", "tandem-app"
# A header takes both halves as they stand in a form; these letters show whether they do.
CLIENT_SECRET = "a secret: 100% safe + sound"  # noqa: S105 - of a client in tests only
ACCOUNTS: dict[str, dict[str, Any]] = {
    "anna": {"email": "anna@example.org", "email_verified": True, "name": "Anna"},
    "ben": {"email": "ben@example.org", "email_verified": False, "name": "Ben"},
    "clara": {"email": "clara@example.org", "email_verified": "true"},
    "dora": {},
}


@dataclass
class OidcProvider:
    """Two running providers: one at the root of its URL, and one that does as Apple does."""

    url: str
    apple_key: AppleKey

    def settings(self, **changes: Any) -> OidcSettings:
        """Know the first of them."""
        known: dict[str, Any] = {
            "name": "any",
            "issuer": self.url,
            "client_id": WEB_CLIENT,
            "client_secret": CLIENT_SECRET,
            "audiences": (APP_CLIENT,),
            "allows_loopback": True,
        }
        return OidcSettings(**(known | changes))

    def apple_settings(self) -> OidcSettings:
        """Know the one that does as Apple does."""
        return self.settings(
            name="apple",
            issuer=self.url + APPLE,
            client_secret="",
            apple_key=self.apple_key,
            is_form_post=True,
        )

    async def id_token_of_app(self, nonce: str) -> str:
        """Have Anna sign in by the provider's own SDK, which hands the ID token to the app."""
        attempt = Attempt.new()
        asked = {
            "client_id": APP_CLIENT,
            "response_type": "code",
            "redirect_uri": APP_REDIRECT_URI,
            "scope": "openid email profile",
            "nonce": nonce,
            "code_challenge": attempt.code_challenge,
            "code_challenge_method": "S256",
        }
        back = await sign_in(str(httpx.URL(f"{self.url}/auth", params=asked)), "anna")
        shown = {
            "grant_type": "authorization_code",
            "client_id": APP_CLIENT,
            "redirect_uri": APP_REDIRECT_URI,
            "code": back.parameters["code"],
            "code_verifier": attempt.code_verifier,
        }
        async with new_browser() as http:
            answer = await http.post(f"{self.url}{TOKEN}", data=shown)
        return str(answer.raise_for_status().json()["id_token"])

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        """Say what an ID token for our web client says; a change to None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "anna",
            "aud": WEB_CLIENT,
            "iat": now,
            "exp": now + 3_600,
            "nonce": nonce,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    async def sign(self, claims: dict[str, Any], *, by: str = "provider", **header: Any) -> str:
        """Have claims signed by "provider", "stranger", "nobody" or "public key as secret"."""
        return str(await self._order("sign", at="", by=by, claims=claims, header=header))

    async def rotate(self) -> None:
        """Have it sign with new keys, and publish the old ones no more."""
        await self._order("rotate", at="")

    async def answer(
        self,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Have a path answer something else from now on."""
        text = body if isinstance(body, str) else json.dumps(body)
        await self._order("trouble", path=path, status=status, body=text, headers=headers or {})

    async def answer_without_end(self, path: str) -> None:
        """Have a path answer for ever."""
        await self._order("trouble", path=path, status=200, headers={}, is_endless=True)

    async def hang(self, path: str) -> None:
        """Have a path never answer."""
        await self._order("trouble", path=path, is_silent=True)

    async def requests(self, path: str) -> list[str]:
        """Tell who asked a path: of each, the scheme of its Authorization header, or nothing."""
        seen = await self._order("requests")
        return [each["scheme"] for each in seen if each["path"] == path]

    async def document(self) -> dict[str, Any]:
        """Read what the first of them says of itself."""
        async with new_browser() as http:
            answer = await http.get(f"{self.url}{DISCOVERY}")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def reset(self) -> None:
        """Have it answer as it should, and forget who asked."""
        await self._order("reset")

    async def _order(self, name: str, **order: Any) -> Any:
        async with new_browser() as http:
            answer = await http.post(f"{self.url}/control/{name}", json=order)
        return answer.raise_for_status().json()


@contextmanager
def oidc_provider(*redirect_uris: str) -> Iterator[OidcProvider]:
    """Run providers until the block is left; they send people back to REDIRECT_URI, or to these."""
    apple_key, public_key = _apple_keys()
    known = [REDIRECT_URI, *redirect_uris]
    providers = {"": _at_root(known), APPLE: _as_apple(apple_key, public_key, known)}
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            [*node_command(), str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(providers) + "\n")
            process.stdin.flush()
            url = process.stdout.readline().strip()
            if url:
                yield OidcProvider(url, apple_key)
        finally:
            _end(process)
        words.seek(0)
        assert process.returncode == 0, f"the providers died: {words.read()}"


def _end(process: "subprocess.Popen[str]") -> None:
    """End the process, which it does when its input ends."""
    try:
        process.communicate(timeout=ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def _apple_keys() -> tuple[AppleKey, str]:
    """Make what Apple gives to its developers, and what it keeps."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ours = AppleKey(team_id="TEAM123456", key_id="KEY1234567", private_key=private.decode())
    return ours, public.decode()


def _at_root(redirect_uris: list[str]) -> dict[str, Any]:
    """Describe a provider that knows two web clients, and an app, which has no secret."""
    web = _web_client("client_secret_basic", redirect_uris)
    elliptic = {"client_id": ELLIPTIC_CLIENT, "id_token_signed_response_alg": "ES256"}
    app = {
        "client_id": APP_CLIENT,
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": [APP_REDIRECT_URI],
    }
    return {"accounts": ACCOUNTS, "clients": [web, web | elliptic, app]}


def _as_apple(key: AppleKey, public_key: str, redirect_uris: list[str]) -> dict[str, Any]:
    """Describe a provider that takes secrets in the form only, and only such as we sign."""
    known = {"teamId": key.team_id, "keyId": key.key_id, "publicKey": public_key}
    method = "client_secret_post"
    return {
        "accounts": ACCOUNTS,
        "clients": [_web_client(method, redirect_uris)],
        "authMethods": [method],
        "appleKey": known,
    }


def _web_client(method: str, redirect_uris: list[str]) -> dict[str, Any]:
    return {
        "client_id": WEB_CLIENT,
        "client_secret": CLIENT_SECRET,
        "token_endpoint_auth_method": method,
        "redirect_uris": redirect_uris,
    }
