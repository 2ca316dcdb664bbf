"""Tandem's clients: the same ideas under the same names, in Python and in JavaScript."""
