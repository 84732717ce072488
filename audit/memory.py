"""How much memory there is to be had: what does not fit is refused beforehand, for running out ends the process at once."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from expectations.errors import StageError
from expectations.machine import processors

_MB: Final = 1 << 20
# MB of address space (``ulimit -v``) and of private memory (``ulimit -d``) without which a command does not come to its end.
# A library that cannot have them ends the process, or asks for them again and again and never returns (OpenBLAS); what draws
# pages reserves 32 GB of addresses, of which it uses little. Measured with two processors; each takes more for its threads.
_FINDS: Final = (800, 100)
_READS: Final = (1_800, 450)
_DRAWS: Final = (40_000, 1_100)
_A_PROCESSOR: Final = 160
_LEAST: Final = dict.fromkeys(("init", "check", "sample"), _READS) | dict.fromkeys(("run", "demo", "report"), _DRAWS)
_NEED_NOTHING: Final = ("schema", "completion")

_M_ARENA_MAX: Final = -8  # of malloc.h


def available() -> int | None:
    """Bytes that can be had without pushing other programs out, or out of a control group; none where the system does not say."""
    known = [bytes_left for bytes_left in (_of_machine(), *_of_groups()) if bytes_left is not None]
    return max(0, min(known)) if known else None


def refuse_tight_limits(command: str) -> None:
    """Refuse a command that limits of the process would stop on its way, in whatever manner.

    Raises:
        StageError: a limit is too tight (E-RUN-004).
    """
    if command in _NEED_NOTHING:
        return
    address, data = _LEAST.get(command, _FINDS)
    more = _A_PROCESSOR * processors()
    for option, limit, needed in (("-v", limit_of("AS"), address + more), ("-d", limit_of("DATA"), data + more)):
        if limit is not None and limit < needed * _MB:
            raise StageError("E-RUN-004", params={"limit": f"ulimit {option}", "limit_mb": limit // _MB, "needed_mb": needed})


def limit_of(name: str) -> int | None:
    """Bytes that the process may have by a limit of the system (``AS``, ``DATA``), or none."""
    try:
        import resource

        limit = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0]
    except (ImportError, AttributeError, ValueError, OSError):  # not on every system
        return None
    return None if limit == resource.RLIM_INFINITY else limit


def one_heap() -> None:
    """Let all threads allocate from one heap (glibc), in which what one of them frees serves the others.

    A heap for each thread keeps what that thread once needed: a twentieth of an audit's memory.
    """
    try:
        import ctypes

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (ImportError, AttributeError, OSError, TypeError):
        return


def give_back() -> None:
    """Hand memory that was freed back to the system, where the C library only does so when asked (glibc).

    Reading a file needs several times what stays of it; the linking that follows would come on top of what it left behind.
    """
    try:
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
    except (ImportError, AttributeError, OSError, TypeError):
        return


def _of_machine() -> int | None:
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


def _of_groups(membership: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> Iterator[int]:
    """What the limits of the control groups leave (containers, services), of both versions; a group's parents limit it too."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for _, controllers, path in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        if not controllers:
            top, limit, used, cached = root, "memory.max", "memory.current", ("inactive_file", "active_file")
        elif "memory" in controllers.split(","):
            top, limit, used = root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
            cached = ("total_inactive_file", "total_active_file")
        else:
            continue
        group = top / path.strip("/")
        for place in (group, *group.parents):
            if not place.is_relative_to(top):
                break
            try:
                stat = dict(line.split() for line in (place / "memory.stat").read_text(encoding="ascii").splitlines())
                left = int((place / limit).read_text(encoding="ascii")) - int((place / used).read_text(encoding="ascii"))
                yield left + sum(int(stat.get(name, 0)) for name in cached)
            except (OSError, ValueError):  # no limit is written as a word; a group of the host is not seen from within
                continue
