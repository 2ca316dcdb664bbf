"""Reminders of what is promised."""
