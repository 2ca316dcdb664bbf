"""Two nodes below the phones: who has which shard, and what becomes of them when one goes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from backend.clock import SystemClock
from backend.cluster.state import name_of
from tests.browser.conftest import opened
from tests.cluster.conftest import share
from tests.support.node import Node, running_node
from tests.support.servers import Servers
from tests.support.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Pair:
    """Two nodes, of which the second may be stopped."""

    first: Node
    second: Node
    second_runs: AsyncExitStack


@pytest_asyncio.fixture(loop_scope="module")
async def pair(servers: Servers) -> AsyncIterator[Pair]:
    """Two nodes that serve the page, each with its share."""
    clock = SystemClock()
    async with (
        running_node(servers, clock, is_demo=True) as first,
        AsyncExitStack() as second_runs,
    ):
        second = await second_runs.enter_async_context(running_node(servers, clock, is_demo=True))
        await until(lambda: share(first, second))
        yield Pair(first, second, second_runs)


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, pair: Pair) -> AsyncIterator[Page]:
    """Open the page of the first node."""
    async with opened(browser, pair.first.http_url) as page:
        yield page


def card(page: Page, node: Node) -> Locator:
    """Find the card of a node."""
    return page.get_by_role("article", name=f"Node {name_of(node.house.node_id)}")


def squares(page: Page, node: Node) -> Locator:
    """Find the shards that are shown as a node's."""
    return page.locator(f".shards [data-owner='{node.house.node_id}']")


async def test_both_nodes_and_their_shards_are_seen_and_one_hands_its_own_over(
    page: Page, pair: Pair
) -> None:
    box = page.locator("#nodes")
    await expect(box.locator(".summary")).to_contain_text("2 nodes · 256 shards")
    for node in (pair.first, pair.second):
        owned = node.house.membership.ours
        await expect(card(page, node)).to_contain_text(f"{len(owned)} shards")
        await expect(squares(page, node)).to_have_count(len(owned))
        await expect(page.locator(f".shards i >> nth={owned[0]}")).to_have_attribute(
            "title", f"Shard {owned[0]}: node {name_of(node.house.node_id)}"
        )
        await expect(page.get_by_role("img", name=f"has {len(owned)}")).to_be_visible()
    await expect(card(page, pair.first).get_by_text("answers this page")).to_be_visible()
    await expect(card(page, pair.second).get_by_text("answers this page")).to_be_hidden()

    # The lines grow second by second.
    line = card(page, pair.second).locator(".lines path").last
    begun = await line.get_attribute("d")
    await expect(line).not_to_have_attribute("d", begun or "")

    await pair.second_runs.aclose()
    await expect(box.locator(".summary")).to_contain_text("1 node · 256 shards")
    await expect(squares(page, pair.first)).to_have_count(256)
    await expect(card(page, pair.second)).to_contain_text("gone for")


async def test_what_is_folded_away_is_not_asked_for(page: Page, pair: Pair) -> None:
    await page.clock.install()
    await page.reload()
    await expect(card(page, pair.second)).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.clock.run_for(2_000)
    await until(lambda: asked != [])

    summary = page.locator("#nodes > summary")
    await summary.click()
    await expect(card(page, pair.second)).to_be_hidden()
    asked.clear()
    await page.clock.run_for(10_000)
    assert asked == []
    await summary.click()
    await until(lambda: asked != [])
