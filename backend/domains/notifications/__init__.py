"""Notifications: what people are told of, on their screens and, when none is open, on their phones."""

from backend.domains.notifications.store import tell

__all__ = ["tell"]
