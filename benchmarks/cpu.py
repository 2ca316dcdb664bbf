"""Processor time of processes, as the kernel counts it.

Rates on a machine with neighbours are noisy; how much work a command costs is much less so.
"""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_s(pid: int) -> float:
    """Read the seconds a process and all its children have used, those that ended included."""
    ticks = 0
    for process in [pid, *_children(pid)]:
        ticks += sum(_times(process))
    return ticks / _TICKS_PER_S


def resident_kb(pid: int) -> int:
    """Read how much memory a process holds, in units of 1,024 bytes."""
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(f"process {pid} has ended")


def _children(pid: int) -> list[int]:
    listed = _PROC / str(pid) / "task" / str(pid) / "children"
    return [int(child) for child in listed.read_text().split()]


def _times(pid: int) -> tuple[int, ...]:
    """Read user, system, and both of ended children (fields 14 to 17 of proc_pid_stat(5))."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return (0,)
    fields = text.rpartition(")")[2].split()
    return tuple(int(field) for field in fields[11:15])
