"""The console: the page of the demo, two phones side by side, and what it is told at its start."""

from backend.console.routes import console_routes

__all__ = ["console_routes"]
