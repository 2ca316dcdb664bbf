"""The account: what its owner changes of it, and how it rests and wakes."""
