"""The tables of identity."""
