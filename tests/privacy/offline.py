"""A process without a network: the kernel refuses every socket but local ones, and ends it at the first attempt to connect.

The kernel (seccomp, Linux) sees native code as well. Python tells of its own attempts before they reach the kernel: looking up a
name, connecting, sending. Asking for a socket is no attempt yet: a library tries at import whether the machine knows IPv6.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from typing import Any

# AUDIT_ARCH of the kernel and the numbers of socket(2) and connect(2).
_MACHINES = {"x86_64": (0xC000003E, 41, 42), "aarch64": (0xC00000B7, 198, 203)}
_ALLOW, _REFUSE, _KILL_PROCESS = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000
ATTEMPTED = 97  # exit status of a process whose Python code tried
_ATTEMPTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # classic BPF: load a word, jump if equal, return
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_sockets() -> bool:
    """From now on this process and its children reach nobody.

    Returns:
        Whether the kernel sees to it; if not, only Python's own attempts are seen.
    """

    def watch(event: str, _: tuple[Any, ...]) -> None:
        if event in _ATTEMPTS:
            os._exit(ATTEMPTED)

    sys.addaudithook(watch)
    return _by_kernel()


def _by_kernel() -> bool:
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    machine, make, connect = _MACHINES[platform.machine()]
    local = int(socket.AF_UNIX)
    steps = [
        (_LOAD, 0, 0, 4),  # the machine
        (_IF_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 0),  # the call
        (_IF_EQUAL, 5, 0, connect),
        (_IF_EQUAL, 0, 2, make),
        (_LOAD, 0, 0, 16),  # its first argument: the family
        (_IF_EQUAL, 0, 1, local),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return int(libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)) == 0


if __name__ == "__main__":  # python -m tests.privacy.offline run campaign.toml …: hecha without a network
    refuse_sockets()
    if limit := os.environ.pop("TRY_MEMORY", ""):  # met on the way, as memory is where no limit says so beforehand
        import resource

        from audit import memory

        memory.limit_of = lambda name: None
        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))
    from audit.cli import main

    sys.exit(main())
