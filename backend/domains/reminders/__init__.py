"""Reminders: that something promised is due soon, once a window and channel, by one's own clock."""
