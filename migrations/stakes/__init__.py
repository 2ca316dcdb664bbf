"""Limits that protect who puts money on a promise."""
