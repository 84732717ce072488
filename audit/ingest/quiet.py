"""Silence for foreign readers: when a Rust library panics it prints where, and perhaps on what, before Python hears of it."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_within = 0  # how many are in it: the descriptor is one for all threads
_saved: int | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """Let nothing that is written to file descriptor 2 from below Python reach the terminal or a log (DESIGN C1).

    From the first thread that enters it to the last that leaves.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _within, _saved
    with _lock:
        _within += 1
        if _within > 1:
            return
        try:
            sys.stderr.flush()
            _saved = os.dup(2)
        except (OSError, ValueError, AttributeError):  # no stderr at all
            return
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)


def _leave() -> None:
    global _within, _saved
    with _lock:
        _within -= 1
        if not _within and _saved is not None:
            os.dup2(_saved, 2)
            os.close(_saved)
            _saved = None
