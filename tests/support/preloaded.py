"""All that a forked process may need, imported once: a server, a worker, and what tests add."""
# ruff: noqa: F401 - to have been imported is all

import gc

import backend.assembly
import backend.cli
import backend.console
import backend.running.nodes
import backend.server
import backend.working
import tests.support.clock

# A page of memory that the collector has written to is one that each process has for itself.
gc.freeze()
