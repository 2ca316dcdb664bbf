"""The store: actors are read from here, many at once, as they are at one moment."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from actors.part import AnyPart
from actors.ports import Head, Loaded
from backend.persistence.database import fetch, one_moment
from backend.persistence.tells import TellReader
from backend.persistence.work import Work
from protocol.address import NO_KEY, Address, key_of

# An actor that never did anything has no head yet; its version is 0.
_HEADS = """
SELECT u.address, coalesce(h.version, 0) AS version, coalesce(h.seq, 0) AS seq,
       coalesce(h.generation, d.generation) AS generation
FROM unnest($1::text[]) AS u(address)
CROSS JOIN deployment AS d LEFT JOIN head AS h ON h.address = u.address
"""


class ActorStore:
    """Reads heads, Parts and waiting tells."""

    def __init__(self, tells: TellReader) -> None:
        """Know how tells are read."""
        self._tells = tells

    def new_work(self) -> Work:
        """Begin what one command wants written."""
        return Work()

    async def load(
        self, wanted: Mapping[Address, Collection[AnyPart]], waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        """Read Parts of many actors, one query a Part; of those `waking`, also their tells."""
        addresses = list(wanted)
        async with one_moment():
            heads = {
                row["address"]: Head(row["version"], row["seq"], row["generation"])
                for row in await fetch(_HEADS, addresses)
            }
            told = await self._tells.waiting_for(list(waking)) if waking else {}
            states: dict[Address, dict[AnyPart, Any]] = {address: {} for address in addresses}
            for part, wanting in _by_part(wanted).items():
                found = await part.load(list(wanting.values()))
                for address, key in wanting.items():
                    states[address][part] = found.get(key, part.empty)
        return {
            address: Loaded(heads[address], states[address], tuple(told.get(address, ())))
            for address in addresses
        }


def _by_part(
    wanted: Mapping[Address, Collection[AnyPart]],
) -> dict[AnyPart, dict[Address, UUID]]:
    found: dict[AnyPart, dict[Address, UUID]] = {}
    for address, parts in wanted.items():
        for part in parts:
            found.setdefault(part, {})[address] = key_of(address) if part.of.keyed else NO_KEY
    return found
