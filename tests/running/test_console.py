"""The page exists where the demo does, and nowhere else."""

from typing import Any

import httpx
import pytest

from backend.assembly import create_app
from backend.settings import Settings


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_page_and_its_passwords_belong_to_the_demo(*, is_demo: bool) -> None:
    settings = Settings(database_url="postgresql://nowhere/none", is_demo=is_demo)
    paths = {route.path for route in create_app(settings).routes}
    assert "/healthz" in paths
    for path in ("/", "/promises", "/v1/demo", "/v1/demo/clock", "/v1/demo/mailbox"):
        assert (path in paths) is is_demo
    assert any(path.startswith("/page") for path in paths) is is_demo


@pytest.mark.parametrize(
    "name", ["nope.js", "%00", "a%00.js", "a" * 300, "index.html/x", "..%2f..%2fsettings.py", "%ff"]
)
async def test_what_is_no_file_of_the_page_is_not_found_in_our_own_words(name: str) -> None:
    settings = Settings(database_url="postgresql://nowhere/none", is_demo=True)
    app: Any = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tandem") as client:
        told = await client.get(f"/page/{name}")
        there = await client.get("/page/index.html")
    assert told.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "http_404",
    }
    assert there.status_code == 200
