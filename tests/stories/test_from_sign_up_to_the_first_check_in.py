"""Two people who never met here: sign up, invite, look the code up, accept, check in."""

from typing import Any

import httpx

from protocol.clients.python import Client
from tests.support.clock import ClientClock, FakeClock
from tests.support.node import Node


async def test_over_the_public_doors_alone(node: Node, clock: FakeClock) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as http:

        async def sign_up(name: str) -> dict[str, Any]:
            body = {
                "email": f"{name}@first.example.org",
                "password": "a long enough sentence",
                "name": name,
                "time_zone": "Europe/Berlin",
            }
            answer = await http.post("/v1/auth/sign-up", json=body)
            assert answer.status_code == 201, answer.text
            told: dict[str, Any] = answer.json()
            return told

        anna, ben = await sign_up("anna"), await sign_up("ben")

        def phone(told: dict[str, Any]) -> Client:
            return Client(node.socket_url, token=told["access_token"], clock=ClientClock(clock))

        async with phone(anna) as annas, phone(ben) as bens:
            code = "7KQ2-M4XW-9BTE"
            invitation = {"type": "invitations.open", "code": code, "start_date": "2020-02-29"}
            await annas.ask(invitation)
            bearer = {"Authorization": f"Bearer {ben['access_token']}"}
            found = (
                await http.post("/v1/invitations/look-up", json={"code": code}, headers=bearer)
            ).json()
            assert found["inviter_name"] == "anna"

            accept = {"relationship_id": found["relationship_id"], "code": code}
            await bens.ask({"type": "invitations.accept", **accept})
            topics = []
            for client in (annas, bens):
                started = (await client.next_push("relationships.started")).event["relationship"]
                assert started["start_date"] == "2020-02-29"
                topic = f"relationship/{started['relationship_id']}"
                topics.append(await client.join(topic).ready())

            ours, theirs = topics
            assert theirs.snapshot is not None
            assert theirs.snapshot.state["membership"]["members"][0]["name"] == "anna"
            scores = {"connection_score": 9, "mood_score": 8, "relationship_satisfaction": 10}
            await bens.ask({"type": "checkins.submit", **scores}, to=theirs.topic)
            seen = (await ours.next_push("checkins.submitted")).event["check_in"]
            assert seen["user_id"] == ben["user"]["id"]
            assert seen["relationship_satisfaction"] == 10
