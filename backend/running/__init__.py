"""Running: everything of Tandem on one machine, started by one command and ended by Ctrl-C.

`supervise(Wishes(port=8000, data=Path(".tandem")))` starts PostgreSQL and Redis where no others are
named, brings the tables up to date, keeps the server and the worker alive, and ends them all.
`serve_nodes(doors)` is the server itself where several nodes on a machine are one.
"""

from backend.running.errors import RunRefused
from backend.running.supervisor import Wishes, supervise

__all__ = ["RunRefused", "Wishes", "supervise"]
