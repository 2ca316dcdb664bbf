"""Persistence: the database, what turns want written, and how many turns are committed as one."""
