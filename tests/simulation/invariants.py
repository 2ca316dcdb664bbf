"""Invariants: what must be so in every world, whatever went wrong in it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from actors.placement import View, to_hand_over
from backend.cluster.words import OFFLINE
from backend.gateway.present import ONLINE
from protocol.address import Address, address_of, key_of
from tests.simulation.clients import Wish
from tests.simulation.followers import Phone
from tests.simulation.node import Node
from tests.simulation.tables import Tables

if TYPE_CHECKING:
    from tests.simulation.world import World


def what_is_not_quiet(world: "World") -> list[str]:
    """Name what has not come to rest yet."""
    return list(_not_quiet(world))


def _not_quiet(world: "World") -> Iterator[str]:
    tables = world.server.tables
    open_ = [wish for wish in world.clients.wishes if wish.outcome is None]
    if open_:
        yield f"{len(open_)} commands have no outcome: {open_[0].id}"
    if tables.tells:
        row = next(iter(tables.tells.values()))
        yield f"{len(tables.tells)} tells were not heard: {row.id} for {row.receiver}"
    alive = [node for node in world.nodes if not node.is_gone]
    for node in alive:
        yield from _not_quiet_in(node, tables)
    if not set(tables.owners) <= {node.node_id for node in alive}:
        yield "shards belong to nobody who is there"
    for phone in world.phones:
        for topic, given in phone.given.items():
            if not phone.is_asleep and len(given) != tables.head(topic).seq:
                yield f"{phone.name} stands at {len(given)} of {topic}"


def _not_quiet_in(node: Node, tables: Tables) -> Iterator[str]:
    if any(actor.turn is not None or actor.mailbox for actor in node.system.actors.values()):
        yield f"{node.name} has actors at work"
    if node.cluster.router.waiting:
        yield f"{node.name} waits for other nodes"
    if node.fanout.feeds.doubtful:
        yield f"{node.name} has doubtful topics"
    view = node.cluster.membership.view
    if view.owners != tuple(tables.owners) or to_hand_over(view, node.node_id):
        yield f"{node.name} has not its share"
    owned = View(owners=tables.owners).shards_of(node.node_id)
    if node.cluster.membership.owned != len(owned):
        yield f"{node.name} does not know its share"


def what_is_shown_wrong(world: "World") -> list[str]:
    """Name who is not seen by somebody awake who follows the same topic, or is seen and asleep."""
    return list(_shown_wrong(world.phones))


def _shown_wrong(phones: Sequence[Phone]) -> Iterator[str]:
    for topic in {topic for phone in phones for topic in phone.given}:
        following = [phone for phone in phones if topic in phone.given]
        awake = [phone for phone in following if not phone.is_asleep]
        there = {phone.principal.user_id for phone in awake}
        for phone in awake:
            for other in following:
                user_id = other.principal.user_id
                seen = phone.seen[topic].get(user_id, OFFLINE)
                if user_id != phone.principal.user_id and (seen == ONLINE) is not (
                    user_id in there
                ):
                    yield f"{phone.name} sees {other.name} {seen} in {topic}"


def look_at_all(world: "World") -> Iterator[str]:
    """Name everything that is wrong in a world that has come to rest."""
    tables = world.server.tables
    yield from _committers(tables)
    yield from _outcomes(world.clients.wishes, tables)
    yield from _counters(world.clients.wishes, world.keys, tables)
    yield from _purses(world)
    for phone in world.phones:
        for topic, given in phone.given.items():
            logged = [event.body for event in tables.events.get(topic, ())]
            if given != logged[: len(given)]:
                yield f"{phone.name} was given another {topic} than the log has"
    for address, why in tables.dead_letters:
        yield f"a tell for {address} was given up: {why}"
    for node in world.nodes:
        for actor in () if node.is_gone else node.system.actors.values():
            for part, remembered in actor.states.items():
                if remembered != tables.total(key_of(actor.address)):
                    yield f"{node.name} remembers of {actor.address} {part.name}: {remembered}"


def _committers(tables: Tables) -> Iterator[str]:
    """Versions grow by one; who commits owns; in an epoch nobody else commits."""
    versions: dict[Address, int] = defaultdict(int)
    by_epoch: dict[tuple[int, int], UUID] = {}
    for commit in tables.commits:
        versions[commit.address] += 1
        if commit.version != versions[commit.address]:
            yield f"{commit.address} went to version {commit.version} unexpectedly"
        if commit.node_id != commit.owner:
            yield f"{commit.node_id} committed for {commit.address}, which {commit.owner} owns"
        first = by_epoch.setdefault((commit.shard, commit.epoch), commit.node_id)
        if first != commit.node_id:
            yield f"two nodes committed for shard {commit.shard} in epoch {commit.epoch}"


def _outcomes(wishes: list[Wish], tables: Tables) -> Iterator[str]:
    """What is acknowledged is there once; what is refused for good is not there."""
    for wish in wishes:
        if wish.outcome is None:
            continue
        stored = tables.outcomes.get(wish.id)
        if stored is None:
            yield f"{wish.id} was answered and its outcome is not stored"
        elif stored.outcome != wish.outcome or stored.actor != wish.to:
            yield f"{wish.id} was answered {wish.outcome}, stored is {stored}"
        if (wish.id in tables.counts) is not wish.was_granted:
            granted = "granted" if wish.was_granted else "not granted"
            yield f"{wish.id} was {granted}, its row says otherwise"


def _counters(wishes: list[Wish], keys: list[UUID], tables: Tables) -> Iterator[str]:
    """Numbers have no holes; every value builds on the one before; every tell is heard once."""
    granted = [wish for wish in wishes if wish.was_granted]
    told = Counter(wish.command.let_know for wish in granted)
    by_value = {
        (wish.to, msgspec.json.decode(wish.outcome.body)["value"]): wish.command.by
        for wish in granted
        if wish.outcome is not None
    }
    if len(by_value) != len(granted):
        yield "two commands were answered with the same value"
    for key in keys:
        topic = address_of("counter", key)
        events = tables.events.get(topic, [])
        if [event.number for event in events] != list(range(1, tables.head(topic).seq + 1)):
            yield f"{topic} has the numbers {[event.number for event in events]}"
        total = tables.total(key)
        if total.heard != told[key]:
            yield f"{topic} was told {told[key]} times and heard {total.heard}"
        value = heard = 0
        bodies = [msgspec.json.decode(event.body) for event in events]
        for body in bodies:
            if body["type"] == "test.counted":
                value += by_value.get((topic, body["value"]), 0)
                if value != body["value"]:
                    yield f"{topic} went to {body['value']} where it stood at {value}"
                    break
            elif body["heard"] <= heard:
                yield f"{topic} heard {body['heard']} after {heard}"
            else:
                heard = body["heard"]
        if (value, heard) != (total.value, total.heard):
            yield f"{topic} says {value} and {heard}, its rows {total}"


def _purses(world: "World") -> Iterator[str]:
    """What was taken out is gone, and nothing more."""
    for purse, held in world.purses.items():
        taken = sum(
            wish.command.by
            for wish in world.clients.wishes
            if wish.was_granted and wish.command.purse == purse
        )
        left = world.server.tables.purses[purse]
        if left != held - taken or left < 0:
            yield f"a purse with {held} has {left} left after {taken} were taken"
