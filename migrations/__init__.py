"""Migrations, one folder a room; Piccolo runs them in the order of their names."""
