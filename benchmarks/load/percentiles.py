"""Percentiles of latencies."""

from collections.abc import Sequence

SHARES = (50, 90, 99)


def percentiles_ms(values_s: Sequence[float]) -> dict[str, float]:
    """Sum up latencies given in seconds: p50, p90, p99 and max, in milliseconds."""
    if not values_s:
        return {}
    ordered = sorted(values_s)
    found = {
        f"p{share}": ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in SHARES
    }
    found["max"] = ordered[-1]
    return {name: round(value_s * 1000, 3) for name, value_s in found.items()}
