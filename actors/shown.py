"""What a snapshot shows of long text: how it begins; the pages have it whole."""

import msgspec

ELLIPSIS = "…"
_QUOTES_BYTES = 2
_CHARACTER_BYTES_MAX = 6


def cut(text: str, bytes_max: int) -> str:
    """Cut a text to so many bytes, counted as JSON; one that was cut ends in an ellipsis."""
    if size_of(text) <= bytes_max:
        return text
    room = bytes_max - size_of(ELLIPSIS)
    shown = text[:room]
    while (excess := size_of(shown) - room) > 0:
        # However large the last ones are, no more go than must.
        shown = shown[: -max(1, excess // _CHARACTER_BYTES_MAX)]
    return shown + ELLIPSIS


def size_of(text: str) -> int:
    """Say how many bytes a text takes as JSON, between its quotes."""
    return len(msgspec.json.encode(text)) - _QUOTES_BYTES
