"""The domains: one folder a room, always with the same file names."""
