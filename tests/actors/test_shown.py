"""What is cut for a snapshot is never larger than asked for, and is still how the text begins."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.shown import ELLIPSIS, cut, size_of

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)


@given(TEXTS, st.integers(min_value=10, max_value=200))
def test_what_is_cut_takes_no_more_than_it_may(text: str, bytes_max: int) -> None:
    shown = cut(text, bytes_max)
    assert len(msgspec.json.encode(shown)) - 2 <= bytes_max
    if shown == text:
        return
    assert size_of(text) > bytes_max
    assert shown.endswith(ELLIPSIS)
    assert text.startswith(shown[: -len(ELLIPSIS)])
    # No more is left out than must be: the next characters would not have fitted.
    begun = len(shown) - len(ELLIPSIS)
    assert size_of(text[: begun + 2]) + size_of(ELLIPSIS) > bytes_max - 2 * 6


def test_what_fits_exactly_is_left_as_it_is() -> None:
    assert cut("x" * 20, 20) == "x" * 20
    assert cut("x" * 21, 20) == "x" * 17 + ELLIPSIS
    assert cut("\x01" * 4, 20) == "\x01" * 2 + ELLIPSIS
