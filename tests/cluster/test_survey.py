"""How all nodes are, as any of them can say."""

from dataclasses import replace
from uuid import UUID

import httpx
import msgspec
import pytest

from actors.placement import SHARDS, NodeSeen, View
from backend import rooms
from backend.cluster import survey as survey_module
from backend.cluster.cluster import Cluster
from backend.cluster.state import ClusterState, NodeState
from backend.cluster.survey import GONE_AFTER_S, KEPT_S, STATE, Survey
from backend.cluster.words import Asking
from backend.persistence.database import Database
from backend.persistence.directory import PostgresDirectory
from protocol.messages import Role
from protocol.vocabulary import Vocabulary
from tests.cluster.conftest import Nodes
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.node import Node, running_node
from tests.support.people import sign_up
from tests.support.servers import NOBODY_THERE, Servers
from tests.support.until import until


async def states_by(node: Node) -> dict[UUID, NodeState | None]:
    """Have a node say how all are, anew."""
    told = await node.house.survey.show()
    assert told.told_by == node.house.node_id
    return {shown.id: shown.state for shown in told.nodes}


async def test_each_node_says_how_both_are_and_who_has_which_shard(nodes: Nodes) -> None:
    for node in (nodes.first, nodes.second):
        told = await node.house.survey.show()
        assert (told.is_whole, told.reaches_others, told.shards) == (True, True, SHARDS)
        first, second = told.nodes
        assert [first.id, second.id] == [nodes.first.house.node_id, nodes.second.house.node_id]
        assert first.name != second.name
        assert sorted(first.shards + second.shards) == list(range(SHARDS))
        for shown in (first, second):
            assert shown.standing == "fresh"
            assert shown.state
            assert shown.state.shards == shown.shards
            assert shown.state.has_lease


async def test_what_two_people_do_shows_at_their_nodes(nodes: Nodes, couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        await anna.check_in()
        await ben.check_in()  # One of the two is where their relationship does not live.
        first, second = (await states_by(nodes.first)).values()
    assert first
    assert second
    assert (first.sockets, first.people, second.sockets, second.people) == (1, 1, 1, 1)
    assert first.elsewhere.asked + second.elsewhere.asked
    assert first.actors["relationship"] + second.actors["relationship"] == 1
    assert first.mailboxes.waiting == second.mailboxes.waiting == 0


async def test_who_asks_at_once_is_told_the_same(nodes: Nodes) -> None:
    told = await nodes.first.house.survey.show()
    assert await nodes.first.house.survey.show() is told


@pytest.mark.parametrize("reply", [b"", b'{"at": "by another version"}'])
async def test_a_node_that_is_not_understood_is_shown_as_the_directory_knows_it(
    nodes: Nodes, reply: bytes
) -> None:
    nodes.second.house.cluster.questions.answer(STATE, lambda _body: reply)
    told = await nodes.first.house.survey.show()
    first, second = told.nodes
    assert (told.is_whole, told.reaches_others) == (False, True)
    assert first.state is not None
    assert (second.state, second.standing) == (None, "fresh")
    assert sorted(second.shards) == nodes.second.house.membership.ours


async def test_without_redis_a_node_says_how_it_is_itself_and_that_it_reaches_nobody(
    servers: Servers, clock: FakeClock
) -> None:
    cut_off = replace(servers, redis_url=NOBODY_THERE)
    async with running_node(servers, clock) as first, running_node(cut_off, clock) as second:
        await until(lambda: len(second.house.membership.view.nodes) == 2)
        told = await second.house.survey.show()
        states = {shown.id: shown.state for shown in told.nodes}
        assert (told.is_whole, told.reaches_others) == (False, False)
        assert states[first.house.node_id] is None
        assert (own := states[second.house.node_id])
        assert not own.has_redis


async def test_a_node_that_leaves_hands_its_shards_over_and_is_gone(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(servers, clock) as first:
        async with running_node(servers, clock) as second:
            await until(lambda: len(first.house.membership.view.nodes) == 2)
            await second.house.cluster.leave()
            await until(lambda: first.house.membership.owned == SHARDS)
            left = (await second.house.survey.show()).nodes[1]
            assert (left.standing, left.shards) == ("leaving", [])
        await until(lambda: len(first.house.membership.view.nodes) == 1)
        await until(lambda: _is_alone(first))


async def _is_alone(node: Node) -> bool:
    return (await states_by(node)).keys() == {node.house.node_id}


async def test_admins_may_see_it_and_nobody_else(nodes: Nodes, clock: FakeClock) -> None:
    anna = await sign_up(nodes.first, clock, "Anna")
    root = await sign_up(nodes.first, clock, "Root", role=Role.ADMIN)
    async with httpx.AsyncClient(base_url=nodes.first.http_url) as stranger:
        assert (await stranger.get("/v1/cluster")).status_code == 401
        assert (await stranger.get("/v1/demo/cluster")).status_code == 404
    refused = await read(anna, "/v1/cluster")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    shown = await read(root, "/v1/cluster")
    told = msgspec.json.decode(shown.content, type=ClusterState)
    assert told.is_whole
    assert len(told.nodes) == 2
    assert shown.headers["cache-control"] == "no-store"
    for secret in (str(root.user_id), root.email, "127.0.0.1", str(nodes.first.port)):
        assert secret not in shown.text


async def test_a_node_that_does_not_reply_is_waited_for_no_longer_than_a_second(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "REPLY_WITHIN_S", 0.05)
    nodes.second.house.cluster.links.on(Asking, lambda _sender, _word: None)
    told = await nodes.first.house.survey.show()
    assert not told.is_whole
    assert [shown.state is None for shown in told.nodes] == [False, True]


def _alone(node_id: UUID, clock: FakeClock) -> Cluster:
    """Make a node that reaches nobody, and believes the view that it is given."""
    database = Database("postgresql://nowhere/none", pool_max=1)
    return Cluster(
        node_id,
        directory=PostgresDirectory(database, node_id, 1.0),
        transport=None,
        vocabulary=Vocabulary.of(rooms.modules("messages")),
        post_here=lambda _address, _letter: None,
        clock=clock,
        lease_s=1.0,
        secret="",
        cut_off=lambda _is_cut_off: None,
    )


async def test_a_dead_node_is_shown_while_it_owns_something_or_died_a_moment_ago(
    node: Node, clock: FakeClock
) -> None:
    state = node.house.reader.read()
    looked: list[NodeState] = []

    def look() -> NodeState:
        looked.append(state)
        return state

    ourselves = UUID(int=1)
    alone = _alone(ourselves, clock)
    survey = Survey(alone, look)
    owner, late, old = (
        NodeSeen(id=UUID(int=number), is_fresh=False, silent_for_s=GONE_AFTER_S * lately)
        for number, lately in ((2, 2.0), (3, 0.5), (4, 2.0))
    )
    seen = {one.id: one for one in (NodeSeen(id=ourselves), owner, late, old)}
    alone.membership.view = View(seen, (ourselves, owner.id))

    told = await survey.show()
    assert [(shown.id, shown.standing, shown.shards) for shown in told.nodes] == [
        (ourselves, "fresh", [0]),
        (owner.id, "stale", [1]),
        (late.id, "stale", []),
    ]
    assert told.is_whole
    assert (await survey.show(), len(looked)) == (told, 1)
    await clock.advance(seconds=KEPT_S)
    assert (await survey.show(), len(looked)) == (told, 2)
