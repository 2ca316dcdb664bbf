"""Token buckets: how much of something may happen at once, and how much in the long run."""


class Bucket:
    """A bucket that holds `burst` and is filled with `rate_per_s`."""

    __slots__ = ("_at", "_burst", "_left", "rate_per_s")

    def __init__(self, rate_per_s: float, burst: float, now: float) -> None:
        """Begin full."""
        self.rate_per_s = rate_per_s
        self._burst = burst
        self._left = burst
        self._at = now

    @property
    def touched_at(self) -> float:
        """When something was last wanted of it, by the clock it was given."""
        return self._at

    def take(self, now: float) -> bool:
        """Take one; False when there is none."""
        self._left = min(self._burst, self._left + (now - self._at) * self.rate_per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def wait_ms(self) -> int:
        """Say how long it is until there is one."""
        return max(1, int((1 - self._left) / self.rate_per_s * 1000) + 1)
