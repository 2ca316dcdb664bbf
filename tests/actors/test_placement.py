"""Placement: who should own what, and that a node that comes or goes moves its own share only."""

from collections import Counter
from itertools import chain
from uuid import UUID, uuid4

import pytest

from actors.placement import (
    CUT_OFF_AFTER_S,
    SHARDS,
    NodeSeen,
    View,
    may_own,
    shard_of,
    to_hand_over,
    to_take,
)
from protocol.address import address_of

NODES = [UUID(int=number) for number in range(1, 6)]
SHORT_S = CUT_OFF_AFTER_S - 1


def view(*nodes: NodeSeen, owners: list[UUID | None] | None = None) -> View:
    return View({node.id: node for node in nodes}, owners or [None] * SHARDS)


def owners_among(nodes: list[UUID]) -> list[UUID | None]:
    """Have each of these nodes take its share."""
    seen = [NodeSeen(node) for node in nodes]
    owners: list[UUID | None] = [None] * SHARDS
    for node in nodes:
        for shard in to_take(view(*seen), node, may_take_over=True):
            assert owners[shard] is None, "two would take the same"
            owners[shard] = node
    return owners


def test_an_address_has_the_same_shard_on_every_machine_for_ever() -> None:
    relationship = address_of("relationship", UUID("019a8f5e-7b5e-7c3a-9f7e-0d6f5a4b3c2d"))
    assert shard_of(relationship) == 117
    assert shard_of(relationship, 1024) == 885


def test_shards_are_hit_evenly() -> None:
    hits = Counter(shard_of(address_of("user", uuid4())) for _ in range(50_000))
    assert len(hits) == SHARDS
    assert max(hits.values()) < 2 * 50_000 / SHARDS


@pytest.mark.parametrize("count", range(1, 6))
def test_all_shards_have_one_owner_each_and_the_shares_are_alike(count: int) -> None:
    owned = Counter(owners_among(NODES[:count]))
    assert sum(owned.values()) == SHARDS
    assert owned.keys() == set(NODES[:count])
    assert max(owned.values()) < 1.5 * SHARDS / count


def test_a_node_that_comes_is_given_its_share_and_nothing_else_moves() -> None:
    before, after = owners_among(NODES[:3]), owners_among(NODES[:4])
    moved = {now for then, now in zip(before, after, strict=True) if then != now}
    assert moved == {NODES[3]}

    seen = view(*[NodeSeen(node) for node in NODES[:4]], owners=before)
    for node in NODES[:3]:
        heirs = to_hand_over(seen, node)
        assert set(heirs.values()) <= {NODES[3]}
        assert all(before[shard] == node for shard in heirs)
    assert to_hand_over(seen, NODES[3]) == {}
    assert to_take(seen, NODES[3], may_take_over=True) == []


def test_of_a_node_that_is_gone_the_others_take_what_it_had_and_nothing_else() -> None:
    before = owners_among(NODES[:3])
    gone = NodeSeen(NODES[1], is_fresh=False)
    seen = view(NodeSeen(NODES[0]), gone, NodeSeen(NODES[2]), owners=before)
    taken = [to_take(seen, node, may_take_over=True) for node in (NODES[0], NODES[2])]
    assert sorted(chain(*taken)) == [
        shard for shard, owner in enumerate(before) if owner == NODES[1]
    ]
    assert to_take(seen, NODES[1], may_take_over=True) == []
    # Who was away itself waits: perhaps the other could not be heard for the same reason.
    assert to_take(seen, NODES[0], may_take_over=False) == []


def test_who_leaves_hands_everything_over_and_is_given_nothing() -> None:
    before = owners_among(NODES[:2])
    leaving = NodeSeen(NODES[0], is_leaving=True)
    seen = view(leaving, NodeSeen(NODES[1]), owners=before)
    assert to_hand_over(seen, NODES[0]) == {
        shard: NODES[1] for shard, owner in enumerate(before) if owner == NODES[0]
    }
    assert to_hand_over(seen, NODES[1]) == {}


def test_the_last_one_has_nobody_to_hand_over_to() -> None:
    leaving = NodeSeen(NODES[0], is_leaving=True)
    assert to_hand_over(view(leaving, owners=[NODES[0]] * SHARDS), NODES[0]) == {}


def redis(node: UUID, *, there: bool, for_s: float = 2 * CUT_OFF_AFTER_S) -> NodeSeen:
    return NodeSeen(node, has_redis=there, redis_for_s=for_s)


def test_who_alone_is_without_redis_may_own_nothing_after_a_while() -> None:
    with_it = redis(NODES[0], there=True)
    assert may_own(view(with_it, redis(NODES[1], there=False, for_s=SHORT_S))) == tuple(NODES[:2])
    assert may_own(view(with_it, redis(NODES[1], there=False))) == (NODES[0],)


def test_without_redis_for_anybody_nothing_moves_also_when_it_comes_back_to_one_first() -> None:
    nobody = [redis(node, there=False) for node in NODES[:3]]
    assert may_own(view(*nobody)) == tuple(NODES[:3])
    first = redis(NODES[0], there=True, for_s=SHORT_S)
    assert may_own(view(first, *nobody[1:])) == tuple(NODES[:3])
    first = redis(NODES[0], there=True)
    assert may_own(view(first, *nobody[1:])) == (NODES[0],)


def test_who_has_redis_but_no_lease_keeps_nobody_from_owning() -> None:
    stale = NodeSeen(NODES[0], is_fresh=False)
    assert may_own(view(stale, redis(NODES[1], there=False))) == (NODES[1],)
