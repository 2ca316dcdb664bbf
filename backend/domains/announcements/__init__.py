"""Announcements: what those who run Tandem say to everybody who is connected."""
