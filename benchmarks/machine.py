"""The machine a run was measured on; figures of different machines do not compare."""

import os
import platform
import subprocess
from pathlib import Path

from backend.embedded import postgres_program

_NO_DISK = frozenset({"tmpfs", "ramfs"})


def describe(folder: Path) -> dict[str, str | int]:
    """Name the processor, memory, kernel, versions, and the file system the database is on."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_bytes() / 1024**3),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": _postgres_version(),
        "file_system": file_system_of(folder),
    }


def memory_bytes() -> int:
    """Say how much memory there is."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def is_disk(folder: Path) -> bool:
    """Tell whether what is written here would survive a power cut."""
    return file_system_of(folder) not in _NO_DISK


def file_system_of(folder: Path) -> str:
    """Name the kind of file system a folder is on."""
    found = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _device, mounted_at, kind, *_rest = line.split()
        if folder.resolve().is_relative_to(mounted_at) and len(mounted_at) >= len(found[0]):
            found = (mounted_at, kind)
    return found[1]


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _postgres_version() -> str:
    said = subprocess.run(  # noqa: S603 - our own program
        [postgres_program("postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[-1]
