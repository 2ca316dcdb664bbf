"""The house: what the actors need to live, and the rooms they live in."""
