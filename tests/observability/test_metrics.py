"""What /metrics tells of a node, read as Prometheus reads it."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protocol.clients.python import Refused
from protocol.closing import Closing
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import sign_up, with_phones
from tests.support.until import until

PROFILE = {"type": "identity.change_profile", "nickname": "Annie"}
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


async def read(node: Node) -> Samples:
    """Scrape a node; every sample by its name and labels."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{node.http_url}/metrics")).raise_for_status().text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """Find one sample; what was never counted is 0."""
    return samples.get((f"tandem_{name}", frozenset(labels.items())), 0.0)


async def test_connections_and_commands_are_counted_by_tag_and_result(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    before = await read(node)
    async with with_phones(anna) as [phone]:
        await phone.ask(PROFILE)
        with pytest.raises(Refused):
            await phone.ask({**PROFILE, "time_zone": "Europe/Atlantis"})
        after = await read(node)

    assert value(after, "connections") - value(before, "connections") == 1
    tag = "identity.change_profile"
    assert value(after, "commands_total", command=tag, result="granted") == 1
    assert value(after, "commands_total", command=tag, result="refused") == 1
    assert value(after, "refusals_total", code="identity.unknown_time_zone") == 1
    assert value(after, "fanout_deliveries_total") >= 1
    await until(lambda: _no_connection(node))


async def _no_connection(node: Node) -> bool:
    return value(await read(node), "connections") == 0


async def test_commands_over_http_are_counted_too(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    headers = {
        "Authorization": f"Bearer {anna.token}",
        "Idempotency-Key": str(uuid7(int(clock.now().timestamp() * 1000))),
    }
    async with httpx.AsyncClient(headers=headers) as client:
        url = f"{node.http_url}/v1/commands/identity.change_profile"
        answer = await client.post(url, json={"nickname": "Annie"})
        assert answer.is_success, answer.text

    tag = "identity.change_profile"
    samples = await read(node)
    assert value(samples, "commands_total", command=tag, result="granted") == 1


async def test_turns_batches_and_commits_are_histograms_that_add_up(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna) as [phone]:
        await asyncio.gather(*[phone.ask(PROFILE) for _ in range(20)])
        samples = await read(node)

    assert value(samples, "batch_commands_sum") == value(samples, "turn_commands_sum") == 20
    batches = value(samples, "batch_commands_count")
    assert 1 <= batches <= value(samples, "turn_commands_count") <= 20
    assert value(samples, "commit_seconds_count") == batches
    assert 0 < value(samples, "commit_seconds_sum") < 60
    assert value(samples, "commit_seconds_bucket", le="+Inf") == batches


async def test_actors_are_counted_by_kind_and_go_when_they_are_idle(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna) as [phone]:
        await phone.ask(PROFILE)
        live = await read(node)
        await clock.advance(seconds=node.house.settings.actor_idle_s + 10)
        idle = await read(node)

    assert value(live, "actors_live", kind="user") == 1
    assert value(live, "activations_total") == 1
    assert value(idle, "actors_live", kind="user") == 0
    assert value(idle, "passivations_total") == value(idle, "activations_total") == 1


async def test_a_socket_we_close_is_counted_by_its_reason(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna):
        [socket] = node.house.gateway.sockets
        socket.close(Closing.SLOW_CONSUMER)
        assert value(await read(node), "closings_total", reason="slow_consumer") == 1


async def test_what_waits_in_the_database_and_the_lag_of_the_loop_are_shown(node: Node) -> None:
    async def has_looked() -> bool:
        return value(await read(node), "event_loop_lag_seconds_count") > 0

    await until(has_looked)
    names = {name for name, _labels in await read(node)}
    waiting = {"tells_pending", "dead_letters", "jobs_pending", "lane_waiting", "shards_owned"}
    assert {f"tandem_{name}" for name in waiting} <= names


async def test_what_nodes_say_to_each_other_is_counted(node: Node) -> None:
    # A node says something to itself every second.
    async def is_counted() -> bool:
        samples = await read(node)
        both = [value(samples, "words_total", direction=way) for way in ("said", "heard")]
        return min(both) > 0

    await until(is_counted)
    samples = await read(node)
    assert value(samples, "words_gaps_total") == value(samples, "parcels_turned_away_total") == 0


async def test_labels_are_words_of_the_vocabulary_whatever_clients_send(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna) as [phone]:
        for number in range(5):
            with pytest.raises(Refused):
                await phone.ask({"type": f"nonsense.{number}"})
        samples = await read(node)

    tags = {tag for _, labels in samples for name, tag in labels if name == "command"}
    assert tags <= {*node.house.vocabulary.asks, "unknown"}
    assert value(samples, "commands_total", command="unknown", result="refused") == 5
