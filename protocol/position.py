"""Positions: how far a reader has come in a topic, written `generation.number`."""

from typing import NamedTuple, Self

NUMBER_MAX = 2**63 - 1


class Position(NamedTuple):
    """A place in a topic; numbers grow by one within a generation."""

    generation: int
    number: int

    def __str__(self) -> str:
        """Write it as it travels: `3.12`."""
        return f"{self.generation}.{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote; raises ValueError when it is anything else."""
        generation, dot, number = text.partition(".")
        # str.isdigit alone would let digits of other scripts pass, and int() would read them.
        if not (dot and text.isascii() and generation.isdigit() and number.isdigit()):
            message = f"not a position: {text!r}"
            raise ValueError(message)
        position = cls(int(generation), int(number))
        if max(position) > NUMBER_MAX:
            message = f"not a position: {text!r}"
            raise ValueError(message)
        return position
