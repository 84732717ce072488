"""How much memory there is to be had: what does not fit is refused beforehand, for running out ends the process at once."""

import os
from pathlib import Path


def available() -> int | None:
    """Bytes that can be had without pushing other programs out; none where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):  # free pages alone would leave out what the file cache gives back
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def give_back() -> None:
    """Hand memory that was freed back to the system, where the C library only does so when asked (glibc).

    Reading a file needs several times what stays of it; the linking that follows would come on top of what it left behind.
    """
    try:
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
    except (ImportError, AttributeError, OSError, TypeError):
        return
