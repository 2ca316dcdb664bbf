"""The ledger's tables and functions."""
