"""Membership: this node's lease, which shards it owns, and what it does when that should change.

    beat ─► view ─► what is lost goes, what nobody holds is taken, what is another's handed over

Safe without clocks: whatever a node believes, the database refuses the turns of who does not own.
The lease only says when others may take over, and until when queries may be answered from memory.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Protocol
from uuid import UUID

import structlog

from actors.placement import SHARDS, View, shard_of, to_hand_over, to_take
from actors.ports import Clock
from backend.cluster.ports import Directory
from backend.ending import LEAVE_WITHIN_S, end
from backend.pausing import pause
from backend.persistence.answering import AWAY
from protocol.address import Address

log = structlog.get_logger()

BEATS_IN_LEASE = 3
"""Two may be late before others think that we are gone."""
FINISH_WITHIN_S = 5.0
"""So long the turns under way of shards to be handed over are waited for."""
LOOK_AGAIN_AFTER_S = 0.05
"""Whoever wakes us, not oftener than this."""
_FINISHED_POLL_S = 0.005


class Residents(Protocol):
    """The actors that live here, as far as a move concerns them."""

    def let_go(self, shards: Collection[int]) -> None:
        """Have every actor of these shards go, each at the end of its turn."""

    @property
    def leaving(self) -> Collection[object]:
        """Those that must go and have not yet."""


class Neighbour(Protocol):
    """Who must know when the nodes or the owners of shards have changed."""

    def moved(self, before: View, now: View) -> None:
        """Hear what has changed."""

    def was_away(self) -> None:
        """Hear that this node's lease had run out: others have forgotten it meanwhile."""


class Membership:
    """This node among the others; implements `actors.ports.Placement`."""

    def __init__(
        self,
        node_id: UUID,
        directory: Directory,
        *,
        clock: Clock,
        lease_s: float,
        has_redis: Callable[[], bool],
    ) -> None:
        """Own nothing yet; `residents` and `neighbours` are named before `join`."""
        self.node_id = node_id
        self.view = View()
        self.residents: Residents
        self.neighbours: list[Neighbour] = []
        self._directory = directory
        directory.watch(self.look_again)
        self._clock = clock
        self._lease_s = lease_s
        self._has_redis = has_redis
        self._ours: set[int] = set()
        self._handing_over: set[int] = set()
        """Shards that are ours until their last turn has ended."""
        self._shards = SHARDS
        self._sure_until = 0.0
        self._may_take_over_at = 0.0
        """Who was silent too long gives the others time to be heard: perhaps nobody could beat."""
        self.is_leaving = False
        self._look_now = asyncio.Event()
        self._unbalanced = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def now_s(self) -> float:
        """Read the clock by which leases and waits are measured."""
        return self._clock.monotonic()

    # Placement.

    @property
    def is_sure(self) -> bool:
        """Tell whether nobody else can own by now what is ours."""
        return self._clock.monotonic() < self._sure_until

    @property
    def is_alone(self) -> bool:
        """Tell whether no other node has a lease."""
        return not any(
            node.is_fresh for node in self.view.nodes.values() if node.id != self.node_id
        )

    @property
    def owned(self) -> int:
        """How many shards are ours."""
        return len(self._ours)

    @property
    def ours(self) -> list[int]:
        """The shards that are ours, in order."""
        return sorted(self._ours)

    def shard_of(self, address: Address) -> int:
        """Say which shard an actor belongs to."""
        return shard_of(address, self._shards)

    def is_ours(self, address: Address) -> bool:
        """Tell whether this node may run the actor."""
        return shard_of(address, self._shards) in self._ours

    def owner_of(self, address: Address) -> UUID | None:
        """Say which node runs an actor; None while that is not known."""
        return self.owner_of_shard(shard_of(address, self._shards))

    def owner_of_shard(self, shard: int) -> UUID | None:
        """Say which node owns a shard; None while that is not known, or it is not there."""
        owner = self.view.owners[shard] if shard < len(self.view.owners) else None
        if owner == self.node_id:
            return owner if shard in self._ours else None
        return owner if self.view.is_fresh(owner) else None

    def named_owner_of(self, address: Address) -> UUID | None:
        """Say which node owns an actor's shard; our own also while we hand them over.

        Perhaps nothing comes of that, and then nobody asks us anew.
        """
        shard = shard_of(address, self._shards)
        if shard < len(self.view.owners) and self.view.owners[shard] == self.node_id:
            return self.node_id
        return self.owner_of_shard(shard)

    def lost(self, address: Address) -> None:
        """Hear that the database knows another owner of an actor's shard."""
        self._give_up({self.shard_of(address)})
        self.look_again()

    # Life.

    async def join(self) -> None:
        """Become one of the nodes, and take what nobody holds. Raises what a database raises."""
        await self._beat()
        await self._rebalance()
        self._tasks = [
            asyncio.create_task(self._beat_again_and_again(), name="membership"),
            asyncio.create_task(self._rebalance_again_and_again(), name="rebalancing"),
        ]

    async def leave(self) -> None:
        """Hand all shards over to those who stay, if there is anybody."""
        self.is_leaving = True
        self.look_again()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN_S):
                while self._has_heirs():  # noqa: ASYNC110 - at the end only
                    await asyncio.sleep(_FINISHED_POLL_S)

    def _has_heirs(self) -> bool:
        mine = self.view.nodes.get(self.node_id)
        is_known_to_leave = mine is not None and mine.is_leaving
        is_done = is_known_to_leave and not to_hand_over(self.view, self.node_id)
        # Without a lease there is nothing to hand over: whoever wants it takes it.
        return self.is_sure and not is_done

    async def stop(self) -> None:
        """Be a node no longer."""
        await end(self._tasks)
        self._ours.clear()
        try:
            await self._directory.leave()
        except AWAY as problem:
            log.warning("the node could not leave in order", problem=str(problem))
        await self._directory.close()

    def look_again(self) -> None:
        """Look soon whether anything has changed."""
        self._look_now.set()

    # The lease.

    async def _beat_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_AFTER_S)
            await pause(self._lease_s / BEATS_IN_LEASE - LOOK_AGAIN_AFTER_S, until=self._look_now)
            self._look_now.clear()
            try:
                await self._beat()
            except AWAY as problem:
                # Without the database nothing commits, so nothing can go wrong either.
                log.warning("the lease could not be renewed", problem=str(problem))
            except Exception:
                log.exception("a heartbeat failed")

    async def _beat(self) -> None:
        begun_at = self._clock.monotonic()
        view = await self._directory.beat(is_leaving=self.is_leaving, has_redis=self._has_redis())
        self._sure_until = begun_at + self._lease_s
        self._adopt(view)

    def _adopt(self, view: View) -> None:
        before, self.view = self.view, view
        self._shards = len(view.owners) or SHARDS
        owned = view.shards_of(self.node_id)
        # Also what somebody else has owned meanwhile, or was restored: what is remembered is old.
        self._give_up((self._ours - owned) | (self._ours & view.moved_since(before)))
        self._ours = owned - self._handing_over
        if view.owners != before.owners or view.nodes.keys() != before.nodes.keys():
            log.info("nodes and shards", node=self.node_id, nodes=len(view.nodes), ours=self.owned)
        if before.epochs and view.generation != before.generation:
            log.info("the database was restored", generation=view.generation)
        for neighbour in self.neighbours:
            neighbour.moved(before, view)
        term = view.term_of(self.node_id)
        if self.node_id in before.nodes and before.term_of(self.node_id) != term:
            log.warning("the lease had run out", node=self.node_id)
            self._may_take_over_at = self._clock.monotonic() + self._lease_s
            for neighbour in self.neighbours:
                neighbour.was_away()
        self._unbalanced.set()

    def _give_up(self, shards: Collection[int]) -> None:
        if shards:
            self._ours -= set(shards)
            self.residents.let_go(shards)

    # The balance.

    async def _rebalance_again_and_again(self) -> None:
        while True:
            await self._unbalanced.wait()
            self._unbalanced.clear()
            try:
                await self._rebalance()
            except AWAY as problem:
                log.warning("shards could not be moved", problem=str(problem))
            except Exception:
                log.exception("shards could not be moved")

    async def _rebalance(self) -> None:
        heirs = to_hand_over(self.view, self.node_id)
        if heirs:
            await self._hand_over(heirs)
        may_take_over = self._clock.monotonic() >= self._may_take_over_at
        wanted = to_take(self.view, self.node_id, may_take_over=may_take_over)
        if wanted:
            late = {owner for shard in wanted if (owner := self.view.owners[shard]) is not None}
            self._adopt(await self._directory.take(wanted, late))

    async def _hand_over(self, heirs: dict[int, UUID]) -> None:
        """Let the turns under way end, take no more, and name the heirs."""
        self._handing_over = set(heirs)
        try:
            self._give_up(self._handing_over)
            with suppress(TimeoutError):
                async with asyncio.timeout(FINISH_WITHIN_S):
                    while self.residents.leaving:  # noqa: ASYNC110 - rare and short
                        await asyncio.sleep(_FINISHED_POLL_S)
            view = await self._directory.hand_over(heirs)
        finally:
            self._handing_over = set()
        self._adopt(view)
