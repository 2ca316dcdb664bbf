"""What people write: text that can be seen, and that leaves what stands beside it as it is.

Controls do not belong in text, nor do the marks that turn the direction of whatever follows
(Unicode Standard Annex 9 calls them embeddings, overrides and isolates) in a name that others see
in their own sentences. What joins or parts letters, such as in emoji and in Persian, stays.
"""

from typing import Annotated

from msgspec import Meta

_UNSEEN = r"\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_TURNING = r"\u2028-\u202e\u2066-\u2069"

ONE_LINE = rf"^(?=.*[^{_UNSEEN}])[^{_CONTROLS}{_TURNING}]*$(?!\n)"
"""Some words on one line: a name, a mood."""
PROSE = rf"^(?=[\s\S]*[^{_UNSEEN}])[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$(?!\n)"
"""Some lines: a note, an announcement."""

# Before the @ stands ASCII: most mail servers take nothing else there, though RFC 6531 exists.
_EMAIL = r"^[!-?A-~]{1,64}@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+$(?!\n)"
Email = Annotated[str, Meta(max_length=254, pattern=_EMAIL)]
"""An address a message could go to; whether it does shows only when one is sent."""

SAID = {
    ONE_LINE: "on one line, with something to be seen in it and no control characters",
    PROSE: "with something to be seen in it and no control characters",
}
"""The patterns in words, for people."""
