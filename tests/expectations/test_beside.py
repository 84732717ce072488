"""The second process: jobs in order, answers as they were, and an end with the first one."""

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expectations import beside
from expectations.beside import Beside, Ended, ready, standing


@pytest.fixture
def second() -> Iterator[Beside]:
    process = Beside()
    yield process
    process.stop()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "allowed", lambda: True)


def test_answers_are_those_of_the_function_and_come_from_elsewhere(second: Beside) -> None:
    assert second.give(divmod, 17, 5).result() == (3, 2)
    assert second.give(os.getpid).result() != os.getpid()


def test_what_fails_is_told_without_a_word_of_it_and_does_not_keep_the_next_from_being_done(second: Beside) -> None:
    broken, sound = second.give(int, "张三"), second.give(int, "7")
    with pytest.raises(Ended) as told:
        broken.result()
    assert str(told.value) == ""
    assert told.value.__cause__ is None
    assert sound.result() == 7


def test_what_is_printed_is_no_answer(second: Beside) -> None:
    second.give(print, "no answer").result()
    second.give(os.system, "echo no answer").result()
    assert second.give(abs, -3).result() == 3


def test_what_can_wait_waits(second: Beside, tmp_path: Path) -> None:
    """A job for idle moments is overtaken by one that came later."""
    second.give(time.sleep, 0.3)
    idle = second.give(time.monotonic_ns, idle=True)
    asked = second.give(time.monotonic_ns)
    assert asked.result() < idle.result()


def test_a_process_that_is_killed_leaves_no_one_waiting(second: Beside) -> None:
    process = second._process
    assert process is not None
    under_way, waiting = second.give(time.sleep, 60), second.give(abs, -3)
    os.kill(process.pid, signal.SIGKILL)
    for future in (under_way, waiting, second.give(abs, -3)):
        with pytest.raises(Ended):
            future.result(timeout=20)


def test_no_memory_for_a_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", refused)
    process = Beside()
    with pytest.raises(Ended):
        process.give(abs, -3).result(timeout=20)
    process.stop()


def test_one_that_stands_ready_ends_with_what_it_stood_for(two: None) -> None:
    with ready():
        one = standing()
        assert one is not None
        process = one._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None
    assert standing() is None


def test_what_is_done_beforehand_keeps_nothing_waiting(two: None) -> None:
    with ready(time.monotonic):
        one = standing()
        assert one is not None
        assert one.give(abs, -3).result() == 3


def test_it_ends_when_the_first_process_is_killed() -> None:
    """Killed, a process cannot end another: the other one sees that nothing comes any more."""
    code = (
        "import os, sys, time; from expectations.beside import Beside; b = Beside(); "
        "print(b.give(os.getpid).result(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        first.kill()
    deadline = time.monotonic() + 20
    while _alive(second) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(second)


def _alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_user_may_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECHA_PROCESSES", "1")
    assert not beside.allowed()
    with ready(operator.not_):
        assert standing() is None
