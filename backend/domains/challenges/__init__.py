"""Challenges: a promise, with or without money on it."""
