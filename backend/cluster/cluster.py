"""The cluster as one node holds it: its place, its ways to the others, and what it brings there."""

from collections.abc import Callable
from uuid import UUID

from actors.ports import Clock
from backend.cluster.isolation import Isolation
from backend.cluster.letters import LetterCodec
from backend.cluster.links import Links
from backend.cluster.membership import Membership, Neighbour, Residents
from backend.cluster.ports import Directory, Transport
from backend.cluster.questions import Questions
from backend.cluster.receiver import PostHere, Receiver
from backend.cluster.router import Router
from protocol.vocabulary import Vocabulary

HEARD_WITHIN_S = 1.0
"""So long a new node waits for its way to the others before it is given actors."""


class Cluster:
    """Membership, links and router of one node, started and stopped in order."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        node_id: UUID,
        *,
        directory: Directory,
        transport: Transport | None,
        vocabulary: Vocabulary,
        post_here: PostHere,
        clock: Clock,
        lease_s: float,
        secret: str,
        cut_off: Callable[[bool], None],
    ) -> None:
        """Tie them; without a transport no other node is ever reached. Time is the machine's.

        Words between nodes are sealed with the secret that all of them share. `cut_off` hears when
        this node alone is cut off, and when it is back.
        """
        self.links = Links(node_id, transport, clock, secret)
        self.membership = Membership(
            node_id,
            directory,
            clock=clock,
            lease_s=lease_s,
            has_redis=lambda: self.links.is_up,
        )
        letters = LetterCodec(vocabulary)
        self.router = Router(self.membership, self.links, letters, post_here)
        Receiver(self.membership, self.links, letters, post_here)
        self.questions = Questions(self.links)
        self.isolation = Isolation(self.membership, self.questions, cut_off)
        self.membership.neighbours += [self.links, self.router]

    def tell(self, *neighbours: Neighbour) -> None:
        """Have these know when nodes come and go and shards move."""
        self.membership.neighbours += neighbours

    async def join(self, residents: Residents) -> None:
        """Become one of the nodes, on which these actors live. Raises what a database raises."""
        self.membership.residents = residents
        self.links.start()
        await self.links.ready(HEARD_WITHIN_S)
        await self.membership.join()
        self.router.start()
        self.isolation.start()

    async def leave(self) -> None:
        """Hand all actors over to those who stay, if there is anybody."""
        await self.membership.leave()

    async def stop(self) -> None:
        """Be a node no longer."""
        await self.isolation.stop()
        await self.router.stop()
        await self.membership.stop()
        await self.links.stop()
