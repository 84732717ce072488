"""A second process that takes over what need not wait for the first: Python works on one thing at a time.

It runs detectors that need no count of a linkage while the first one links, and draws pages. No row of a reference is ever given
to it (DESIGN C4); what it is given, and what it answers, goes through pipes, never through a file. It ends with the first process.
When it fails, the first one does the work itself and meets the reason itself.
"""

import gc
import itertools
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from expectations.machine import processors
from expectations.pipe import receive, send

T = TypeVar("T")
_NOW, _IDLE, _END = 1, 2, 0  # in which order waiting jobs are taken; the end comes before all


@dataclass(order=True)
class _Job:
    rank: int
    number: int
    call: Callable[..., Any] | None = field(compare=False, default=None)
    args: tuple[Any, ...] = field(compare=False, default=())
    future: "Future[Any]" = field(compare=False, default_factory=Future)


class Ended(RuntimeError):
    """The second process did not do what it was given: it failed at it, or is no more."""


class Beside:
    """The second process: it carries out what it is given, one job after the other."""

    def __init__(self) -> None:
        path = [entry for entry in sys.path if entry]
        code = f"import sys; sys.path[:0] = {path!r}; from expectations.beside import main; main({os.getpid()})"
        self._waiting: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        with suppress(OSError):  # no memory for another process: the first one does it all
            self._process = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=quiet)
        self._thread = threading.Thread(target=self._hand_over, daemon=True)
        self._thread.start()

    def give(self, job: Callable[..., T], *args: Any, idle: bool = False) -> "Future[T]":
        """Hand it a job; it starts when the jobs before are done.

        Args:
            job: a function that can be imported by its name.
            args: what it is called with; let go here once they are sent.
            idle: do it when nothing else is to be done.

        Returns:
            What the function will have returned; ``Ended`` is raised by ``result`` when it failed, without a word of why. A job
            that was not begun yet can be taken back (``cancel``).
        """
        one = _Job(_IDLE if idle else _NOW, next(self._numbers), job, args)
        self._waiting.put(one)
        return one.future

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._waiting.put(_Job(_END, 0))
        self._thread.join()
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def _hand_over(self) -> None:
        """One job after the other, in a thread: each answer is waited for before the next job is sent."""
        while (job := self._waiting.get()).rank != _END:
            future = job.future
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._send(job)
                del job  # it may hold a whole register
                done, result = self._answer()
            except Exception:  # no process, or it ended, perhaps in the middle of an answer
                done, result = False, None
            if done:
                future.set_result(result)
            else:
                future.set_exception(Ended())
            del future, result

    def _send(self, job: _Job) -> None:
        if self._process is None or self._process.stdin is None:
            raise Ended
        send((job.call, job.args), self._process.stdin)

    def _answer(self) -> tuple[bool, Any]:
        if self._process is None or self._process.stdout is None:
            raise Ended
        done, result = receive(self._process.stdout)
        return bool(done), result


_standing: Beside | None = None  # in the first process
_parent: int | None = None  # in the second


@contextmanager
def ready(*beforehand: Callable[[], object]) -> Iterator[None]:
    """While it is entered a second process stands ready (``standing``); none with one processor, or ``HECHA_PROCESSES=1``.

    Args:
        beforehand: what it does while there is nothing else to do, imports that take long, say.
    """
    global _standing
    _standing = Beside() if allowed() else None
    try:
        if _standing is not None:
            for job in beforehand:
                _standing.give(job, idle=True)
        yield
    finally:
        if _standing is not None:
            _standing.stop()
            _standing = None


def standing() -> Beside | None:
    """The process that stands ready, if one does."""
    return _standing


def allowed() -> bool:
    """Whether there may be a second process, and a processor for it."""
    if not sys.executable or os.environ.get("HECHA_PROCESSES", "").strip() == "1":
        return False
    return processors() > 1


def main(parent: int) -> None:
    """What the second process does: take jobs from standard input, answer on standard output, until there are no more.

    Args:
        parent: the process that started it, without which it stops.
    """
    global _parent
    _parent = parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it and ends this one
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    gc.set_threshold(200_000)  # as in the first process
    answers: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            job, args = receive(sys.stdin.buffer)
        except EOFError:
            return  # nothing more is to be done
        try:
            answer = (True, job(*args))
        except Exception:  # its words may be values; the first process tries for itself
            answer = (False, None)
        del args
        if orphaned():
            return
        send(answer, answers)
        del answer


def orphaned() -> bool:
    """Whether the first process is gone, asked in the second one: what is half done is then left as it is."""
    return _parent is not None and os.getppid() != _parent
