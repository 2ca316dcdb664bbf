"""Challenges, their occurrences, and who follows them."""
