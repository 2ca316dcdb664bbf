"""All that a forked process may need, imported once."""

import tests.support.clock  # noqa: F401 - to have been imported is all
