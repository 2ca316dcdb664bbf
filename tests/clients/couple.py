"""Anna and Ben on a real node, as a program outside it sees them: by their words and tokens."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.servers import Servers

PASSWORD = "a long enough sentence"  # noqa: S105 - of people who exist in tests only

_PAIR = """
INSERT INTO relationship (id, user_1_id, user_2_id, relationship_type, status, privacy_level,
                          created_at, updated_at)
VALUES ($1, $2, $3, 'couple', 'active', 'open', $4, $4)
"""


@dataclass(frozen=True)
class Couple:
    """Two people who signed up and are in a relationship."""

    pair: str
    """Their topic."""
    emails: dict[str, str]
    tokens: dict[str, str]


async def make_couple(node: Node, servers: Servers, clock: FakeClock) -> Couple:
    """Have Anna and Ben sign up and find each other."""
    pair_id = uuid7()
    emails = {name: f"{name}.{pair_id.hex}@example.org" for name in ("anna", "ben")}
    told = {name: await _sign_up(node, name, email) for name, email in emails.items()}
    owner = await asyncpg.connect(servers.urls.owner)
    try:
        ids = [told[name]["user"]["id"] for name in ("anna", "ben")]
        await owner.execute(_PAIR, pair_id, *ids, clock.now())
    finally:
        await owner.close()
    tokens = {name: told[name]["access_token"] for name in emails}
    return Couple(f"relationship/{pair_id}", emails, tokens)


async def _sign_up(node: Node, name: str, email: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=node.http_url) as http:
        body = {"email": email, "password": PASSWORD, "name": name.title()}
        answer = await http.post("/v1/auth/sign-up", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told
