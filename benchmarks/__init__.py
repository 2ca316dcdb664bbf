"""Benchmarks: what Tandem does on this machine, measured on its own embedded servers."""
