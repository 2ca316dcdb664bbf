"""Journal: what people write down of how they are; for now their moods."""
