"""What a node makes of what the directory says, when it has not heard all of it."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID, uuid4

import pytest

from actors.placement import NodeSeen, View
from backend.cluster.membership import Membership
from tests.support.clock import FakeClock
from tests.support.until import until

OURSELVES, OTHER = uuid4(), uuid4()
LEASE_S = 3.0


class Said:
    """A directory that says what a test has it say; implements `backend.cluster.ports`."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.is_away = False
        self.beats = 0

    def watch(self, changed: Callable[[], None]) -> None:
        """Nobody else moves anything."""

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> View:
        del is_leaving, has_redis
        self.beats += 1
        if self.is_away:
            raise ConnectionError("away")
        return self.view

    async def take(self, shards: Collection[int], late: Collection[UUID]) -> View:
        raise NotImplementedError

    async def hand_over(self, heirs: Mapping[int, UUID]) -> View:
        raise NotImplementedError

    async def leave(self) -> None:
        """Nobody notices."""

    async def close(self) -> None:
        """Nothing is open."""


class Heard:
    """Residents and a neighbour, who note what they hear."""

    leaving = ()

    def __init__(self) -> None:
        self.let_go_of: set[int] = set()
        self.times_away = 0

    def let_go(self, shards: Collection[int]) -> None:
        self.let_go_of |= set(shards)

    def moved(self, before: View, now: View) -> None:
        """Nothing depends on it here."""

    def was_away(self) -> None:
        self.times_away += 1


def view(*epochs: int, generation: int = 1, term: int = 1) -> View:
    """All shards are ours, with nobody else there."""
    ourselves = NodeSeen(OURSELVES, term=term)
    return View({OURSELVES: ourselves}, (OURSELVES,) * len(epochs), epochs, generation)


@pytest.fixture
def directory() -> Said:
    return Said(view(1, 1))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def membership(directory: Said, heard: Heard, clock: FakeClock) -> Membership:
    found = Membership(OURSELVES, directory, clock=clock, lease_s=LEASE_S, has_redis=lambda: True)
    found.residents = heard
    found.neighbours.append(heard)
    return found


async def beat(membership: Membership, directory: Said) -> None:
    before = directory.beats
    membership.look_again()
    await until(lambda: directory.beats > before)


async def test_what_another_has_owned_meanwhile_is_not_remembered(
    membership: Membership, directory: Said, heard: Heard
) -> None:
    await membership.join()
    directory.view = view(1, 3)
    await beat(membership, directory)
    assert heard.let_go_of == {1}
    assert membership.owned == 2
    await membership.stop()


async def test_after_a_restore_nothing_is_remembered(
    membership: Membership, directory: Said, heard: Heard
) -> None:
    await membership.join()
    assert heard.let_go_of == set()
    directory.view = view(1, 1, generation=2)
    await beat(membership, directory)
    assert heard.let_go_of == {0, 1}
    assert membership.owned == 2
    await membership.stop()


async def test_a_lease_that_ran_out_is_noticed_when_a_beat_of_which_nothing_was_heard_renewed_it(
    membership: Membership, directory: Said, heard: Heard
) -> None:
    await membership.join()
    assert heard.times_away == 0
    directory.is_away = True
    await beat(membership, directory)
    directory.is_away = False
    # One that fails and is made good for in time is no absence.
    await beat(membership, directory)
    assert heard.times_away == 0
    directory.is_away = True
    await beat(membership, directory)
    directory.is_away = False
    directory.view = view(1, 1, term=2)
    await beat(membership, directory)
    assert heard.times_away == 1
    await beat(membership, directory)
    assert heard.times_away == 1
    await membership.stop()
