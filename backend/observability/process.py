"""What this process is and takes."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNRELEASED = "unreleased"

_STATM = Path("/proc/self/statm")


def version_of_tandem() -> str:
    """Say which version is installed; a checkout that is not has none."""
    try:
        return version("tandem")
    except PackageNotFoundError:
        return UNRELEASED


def memory_bytes() -> int | None:
    """Say how much memory is resident; None where the system does not tell."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
