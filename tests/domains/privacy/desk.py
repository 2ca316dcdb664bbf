"""What people ask of privacy over HTTP."""

from typing import Any

import httpx

from backend.persistence.database import fetch
from tests.support.people import PASSWORD, Person


async def ask(
    person: Person, method: str, path: str, body: object = None, **parameters: str
) -> httpx.Response:
    """Send a request as somebody."""
    bearer = {"Authorization": f"Bearer {person.token}"} if person.token else {}
    async with httpx.AsyncClient(base_url=person.node.http_url, headers=bearer) as client:
        return await client.request(method, path, json=body, params=parameters or None)


async def ask_for_export(person: Person) -> httpx.Response:
    """Ask for an export, with the password."""
    return await ask(person, "POST", "/v1/me/export", {"current_password": PASSWORD})


async def exports_of(person: Person) -> list[dict[str, Any]]:
    """List somebody's exports."""
    shown: list[dict[str, Any]] = (await ask(person, "GET", "/v1/me/exports")).json()["exports"]
    return shown


async def link_to(person: Person, export_id: str) -> httpx.Response:
    """Ask for a link to an archive."""
    path = f"/v1/me/exports/{export_id}/link"
    return await ask(person, "POST", path, {"current_password": PASSWORD})


async def download(person: Person, url: str) -> httpx.Response:
    """Load a link as a browser does: with nothing else."""
    async with httpx.AsyncClient(base_url=person.node.http_url) as client:
        return await client.get(url)


async def signed_in_a_while_ago(person: Person) -> None:
    """Have somebody's sessions be older than a proof by signing in may be."""
    await fetch(
        "UPDATE session SET created_at = created_at - '16 minutes'::interval WHERE user_id = $1",
        person.user_id,
    )
