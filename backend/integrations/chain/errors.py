"""What may keep the chain from being read, each with the sentence a person needs.

Nodes are named by their number among the settings: their URLs often carry a key. Nor are their own
words repeated, for these may quote it.
"""

from typing import ClassVar


class ChainProblem(Exception):
    """The chain could not be read; nothing may be concluded about any balance."""

    is_temporary: ClassVar[bool] = True
    """Whether asking again later may do; else somebody has to change something."""


class RpcNodeAway(ChainProblem):
    """A node does not answer, or says that it cannot just now."""

    def __init__(self, node: str, why: str) -> None:
        super().__init__(f"{node} is away: {why}. It is asked again later.")


class RpcNodeBehind(ChainProblem):
    """A node answers, but has heard of no new block for too long."""

    def __init__(self, node: str, age_s: float) -> None:
        super().__init__(
            f"{node} is behind: its last block is {age_s:.0f} s old. Either it has lost touch with "
            "the chain, or the chain stands still."
        )


class RpcNonsense(ChainProblem):
    """A node answers what cannot be an answer."""

    def __init__(self, node: str, what: str) -> None:
        super().__init__(f"{node} talks nonsense: {what}. Is its URL one of an Ethereum node?")


class RpcLimited(ChainProblem):
    """A node has been asked more than it allows; `after_s` is how long it wants to be left alone.

    0 where it does not say.
    """

    def __init__(self, node: str, after_s: float = 0.0) -> None:
        super().__init__(
            f"{node} has been asked too much. Ask less often, in smaller batches, or get a larger "
            "plan from its provider."
        )
        self.after_s = after_s


class RpcNodeRefused(ChainProblem):
    """A node does not do what it is asked; trying again would change nothing."""

    is_temporary: ClassVar = False

    def __init__(self, node: str, how: str) -> None:
        super().__init__(
            f"{node} refused with {how}. Check the key in its URL, and what its provider allows."
        )


class BlockUnknown(ChainProblem):
    """The block is not, or no longer, part of the chain: a reorganisation took it away."""

    def __init__(self, number: int, block_hash: str) -> None:
        super().__init__(
            f"Block {number} ({block_hash}) is not part of the chain. Begin again from a newer one."
        )


class NoConfirmedBlock(ChainProblem):
    """The chain is so young that no block of it has as many on top as we want."""

    def __init__(self, head: int, confirmations: int) -> None:
        super().__init__(
            f"The chain has come to block {head}, and {confirmations} are wanted on top of one "
            "that counts."
        )


class CallReverted(ChainProblem):
    """The token's contract refused to answer."""

    is_temporary: ClassVar = False

    def __init__(self, node: str) -> None:
        super().__init__(
            f"The token's contract reverted what {node} asked it. Is it the token's address?"
        )


class WrongChain(ChainProblem):
    """A node is on another chain than the settings say."""

    is_temporary: ClassVar = False

    def __init__(self, node: str, found: int, wanted: int) -> None:
        super().__init__(
            f"{node} is on chain {found}, and the settings say {wanted}. Correct its URL or the "
            "chain's id."
        )


class NotThisToken(ChainProblem):
    """The contract at the token's address is not the token that the settings describe."""

    is_temporary: ClassVar = False

    def __init__(self, token: str, why: str) -> None:
        super().__init__(f"{token} is not the token: {why}. Correct its address in the settings.")


class RpcUrlWrong(ChainProblem):
    """A URL cannot be read; the text says why, and nothing of what may be secret in it."""

    is_temporary: ClassVar = False

    def __init__(self, node: str, why: str) -> None:
        super().__init__(f"The URL of {node} is wrong: {why}.")
