"""Sealed: values that carry a secret, and show it to nobody, in whatever way they are shown."""

from typing import Any

import msgspec

from protocol.marks import without_private


class Sealed(msgspec.Struct, frozen=True):
    """A value whose marked fields are left out where it is printed, as they are in log lines."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to printers that do not ask for a repr."""
        return list(without_private(self).items())
