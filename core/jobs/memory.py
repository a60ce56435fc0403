# SPDX-License-Identifier: GPL-2.0-or-later
"""What this process holds, and what the machine could still give."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

MB = 1 << 20


def resident_bytes() -> int:
    """Bytes of physical memory this process holds now."""
    if sys.platform == "win32":
        return int(_windows_process_memory().WorkingSetSize)
    status = _proc_kilobytes("/proc/self/status")
    return status["VmRSS"] if "VmRSS" in status else peak_bytes()


def peak_bytes() -> int:
    """The most bytes of physical memory this process ever held."""
    if sys.platform == "win32":
        return int(_windows_process_memory().PeakWorkingSetSize)
    status = _proc_kilobytes("/proc/self/status")
    if "VmHWM" in status:
        return status["VmHWM"]
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes() -> int:
    """Bytes this process could still take without swapping; a container's limit counts."""
    if sys.platform == "win32":
        return _windows_available()
    available = _proc_kilobytes("/proc/meminfo").get("MemAvailable")
    if available is None:  # macOS tells only the total: half of it is a cautious reading
        available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    room = _container_room()
    return available if room is None else min(available, room)


def trim() -> None:
    """Hand freed blocks back to the system.

    glibc keeps them (hundreds of MB after large arrays of mixed sizes); elsewhere this does nothing.
    """
    release = _malloc_trim()
    if release is not None:
        release(0)


def _proc_kilobytes(path: str) -> dict[str, int]:
    """The ``Name: 123 kB`` lines of a file of /proc, in bytes; empty where there is no /proc."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return {}
    words = (line.split() for line in lines if line.endswith(" kB"))
    return {w[0].rstrip(":"): int(w[1]) * 1024 for w in words}


def _container_room() -> int | None:
    """Bytes left under the memory limit of the control group, None without one."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return None
    return max(0, int(limit) - used) if limit.isdigit() else None


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


if sys.platform == "win32":

    class _ProcessMemory(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = [("cb", ctypes.c_uint32), ("PageFaultCount", ctypes.c_uint32)] + [
            (name, ctypes.c_size_t)
            for name in (
                "PeakWorkingSetSize",
                "WorkingSetSize",
                "QuotaPeakPagedPoolUsage",
                "QuotaPagedPoolUsage",
                "QuotaPeakNonPagedPoolUsage",
                "QuotaNonPagedPoolUsage",
                "PagefileUsage",
                "PeakPagefileUsage",
            )
        ]

    class _SystemMemory(ctypes.Structure):
        """MEMORYSTATUSEX of sysinfoapi.h."""

        _fields_ = [("dwLength", ctypes.c_uint32), ("dwMemoryLoad", ctypes.c_uint32)] + [
            (name, ctypes.c_uint64)
            for name in (
                "ullTotalPhys",
                "ullAvailPhys",
                "ullTotalPageFile",
                "ullAvailPageFile",
                "ullTotalVirtual",
                "ullAvailVirtual",
                "ullAvailExtendedVirtual",
            )
        ]

    def _windows_process_memory() -> _ProcessMemory:
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.GetCurrentProcess.restype = ctypes.c_void_p
        query = kernel32.K32GetProcessMemoryInfo
        query.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
        counters = _ProcessMemory(cb=ctypes.sizeof(_ProcessMemory))
        if not query(kernel32.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
            raise ctypes.WinError(ctypes.get_last_error())
        return counters

    def _windows_available() -> int:
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        memory = _SystemMemory(dwLength=ctypes.sizeof(_SystemMemory))
        if not kernel32.GlobalMemoryStatusEx(ctypes.byref(memory)):
            raise ctypes.WinError(ctypes.get_last_error())
        return int(memory.ullAvailPhys)
