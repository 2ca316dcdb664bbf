"""What tests of the second door have."""

from tests.support.couple import couple

__all__ = ["couple"]
