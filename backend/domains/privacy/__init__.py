"""Privacy: a person has all that is theirs, or has it gone.

What of every table is theirs, and how it goes, the rooms say in their `privacy.py`; a node and a
worker hand all of that in, as a `Catalogue`.

What the house is offered: `on_wake`, for who comes back while an erasure can be called off, and
`Exporter`, which makes exports in a worker.
"""

from backend.domains.privacy.erasing.asking import on_wake
from backend.domains.privacy.exporting.making import Exporter

__all__ = ["Exporter", "on_wake"]
