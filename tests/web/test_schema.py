"""What `/v1/schema` says is what the routes do."""

from typing import Any

import httpx
import pytest

from backend import rooms
from backend.assembly import create_app
from backend.settings import Settings
from protocol.messages import Ask
from protocol.vocabulary import Vocabulary
from tests.support.node import Node

WORDS = Vocabulary.of([*rooms.words(), *rooms.modules("actor")])
PATHS: dict[str, Any] = create_app(
    Settings(database_url="postgresql://nowhere/none")
).openapi_schema.to_schema()["paths"]


@pytest.mark.parametrize(("tag", "ask"), sorted(WORDS.asks.items()))
def test_a_command_says_what_it_takes_and_gives(tag: str, ask: type[Ask]) -> None:
    operation = PATHS[f"/v1/commands/{tag}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"type", *ask.__struct_encode_fields__}
    assert "type" not in body["required"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(answer["properties"]) == {"type", *ask.reply.__struct_encode_fields__}
    for refusal in ask.refusals:
        assert refusal.code in operation["responses"][str(refusal.http_status)]["description"]
    assert operation["security"] == [{"bearer": []}]


async def test_it_is_plain_json_that_needs_nothing_from_elsewhere(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        told = await client.get("/v1/schema")
    assert told.json()["paths"].keys() == PATHS.keys()
    assert told.json()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "$ref" not in str(told.json()["paths"]["/v1/commands/checkins.submit"])


PLAIN = sorted(
    (path, method, operation)
    for path, operations in PATHS.items()
    for method, operation in operations.items()
    if path.startswith("/v1/") and not path.startswith("/v1/commands/")
)


@pytest.mark.parametrize(("path", "method", "operation"), PLAIN, ids=lambda found: str(found)[:60])
def test_a_route_says_what_it_may_be_refused_with(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    responses = operation["responses"]
    expected = {"422", "429", "503"}
    if operation.get("security") or path in {"/v1/auth/sign-in", "/v1/auth/refresh"}:
        expected.add("401")
    if path == "/v1/cluster":
        expected.add("403")
    if "{" in path:
        expected.add("404")
    assert expected <= responses.keys(), method
    if "requestBody" not in operation:
        assert "400" not in responses
    assert "unknown_field" in responses["422"]["description"]
    assert "application/problem+json" in responses["503"]["content"]
