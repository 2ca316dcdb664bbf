"""Notifications: what people are told of, on their screens and, when none is open, on their phones.

What the house is offered: `on_cut_off`, the job for who was cut off and did not come back.

What other rooms may use:

- `tell(turn, user_id, kind=…, title=…, message=…, priority=…, relationship_id=…, rings=…,
  collapse_key=…)`: puts a notification into somebody's inbox with the turn that caused it. It comes
  live over their sockets; who has none open is pushed to, as far as they want that; who is cut off,
  once that is known. How each kind is pushed stands in `manners.py`.
- `quiet_hours_of(user_ids)`: when it is quiet for people, so that nothing else rings then.
- `withdraw(turn, relationship_id, *user_ids)`: takes all that these people were told of a
  relationship out of their inboxes, with the turn that ends it; what was not pushed yet is not
  pushed any more.
"""

from backend.domains.notifications.missed import on_cut_off
from backend.domains.notifications.store import quiet_hours_of, tell
from backend.domains.notifications.withdrawing import withdraw

__all__ = ["on_cut_off", "quiet_hours_of", "tell", "withdraw"]
