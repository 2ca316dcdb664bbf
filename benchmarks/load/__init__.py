"""The load generator: a process of its own, so that it does not share the server's core."""
