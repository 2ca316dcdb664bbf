"""HTTP: the second door to the same actors, problem bodies, and what keeps an eye on a node."""
