"""The console: the pages of the demo, two phones side by side, and its clock, which people move."""

from backend.console.clock import DemoClock, clock_of, following
from backend.console.routes import console_routes

__all__ = ["DemoClock", "clock_of", "console_routes", "following"]
