"""Notifications: what people are told of, on their screens and, when none is open, on their phones.

What other rooms may use:

- `tell(turn, user_id, kind=…, title=…, message=…, priority=…, relationship_id=…)`: puts a
  notification into somebody's inbox with the turn that caused it. It comes live over their sockets;
  who has none open is pushed to, as far as they want that.
"""

from backend.domains.notifications.store import tell

__all__ = ["tell"]
