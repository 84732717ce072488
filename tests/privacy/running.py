"""Runs the program as a user would, and watches every folder it could write to while it runs."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# What an environment can do to make libraries talk or spill: all of it at once.
HOSTILE = {
    "POLARS_VERBOSE": "1",
    "POLARS_VERBOSE_SENSITIVE": "1",
    "POLARS_BACKTRACE_IN_ERR": "1",
    "POLARS_OOC_DISK_BUDGET_MB": "4096",
    "POLARS_OOC_MEMORY_BUDGET_MB": "1",
    "POLARS_OOC_SPILL_MIN_BYTES": "1",
    "POLARS_OVERRIDE_TOTAL_MEMORY_MB": "64",
    "POLARS_ENGINE_AFFINITY": "streaming",
    "POLARS_FORCE_STREAMING": "1",
    "RUST_BACKTRACE": "full",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONVERBOSE": "0",
}


@dataclass
class Ran:
    """What one call left: everything said, and a copy of every file that was there at any moment."""

    status: int
    out: bytes
    err: bytes
    seen: Path


class Watcher(threading.Thread):
    """Copies every file that appears in some folders, also those gone a moment later."""

    def __init__(self, folders: list[Path], copies: Path, leave: set[Path]) -> None:
        super().__init__(daemon=True)
        self._folders, self._copies, self._leave = folders, copies, leave
        self._states: dict[Path, tuple[int, int]] = {}
        self._stop_it = threading.Event()
        self.count = 0

    def run(self) -> None:
        while not self._stop_it.is_set():
            self.look()
            time.sleep(0.004)
        self.look()

    def stop(self) -> None:
        self._stop_it.set()
        self.join()

    def look(self) -> None:
        for folder in self._folders:
            for root, _, files in os.walk(folder):
                for name in files:
                    self._take(Path(root) / name)

    def _take(self, path: Path) -> None:
        if path in self._leave:
            return
        try:
            state = path.stat()
            if self._states.get(path) == (state.st_size, state.st_mtime_ns):
                return
            self._states[path] = (state.st_size, state.st_mtime_ns)
            self.count += 1
            self._copies.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self._copies / f"{self.count:05d}-{path.name}")
        except OSError:  # gone already
            return


def hecha(
    *args: str,
    folder: Path,
    campaign: Path | None = None,
    until: str | None = None,
    hostile: bool = True,
    memory: int | None = None,
    timeout: float = 600,
) -> Ran:
    """Run ``hecha`` with its own home and temporary folder below ``folder``, in a process that may open no connection.

    Args:
        args: the command line.
        folder: campaign folder; its inputs are not part of what is watched.
        campaign: where the call is made from; a fresh folder by default.
        until: kill -9 as soon as this text is seen on stderr.
        hostile: with an environment that makes libraries talk and spill.
        memory: bytes of private memory the process may have, as a real limit of the system.
        timeout: seconds.
    """
    work = folder.parent / f"{folder.name}-work"
    places = {name: work / name for name in ("tmp", "home", "cache", "spill")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(places["tmp"]), "HOME": str(places["home"]), "LANG": "zh_CN.UTF-8"}
    env |= {"XDG_CACHE_HOME": str(places["cache"]), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    if hostile:
        env |= HOSTILE | {"POLARS_OOC_SPILL_DIR": str(places["spill"]), "POLARS_TEMP_DIR": str(places["spill"])}
    inputs = {path for path in folder.iterdir() if path.is_file()}
    seen = work / f"seen-{time.monotonic_ns()}"
    watcher = Watcher([folder, work / "tmp", work / "home", work / "cache", work / "spill"], seen, inputs)
    watcher.start()
    if memory is not None:
        env["TRY_MEMORY"] = str(memory)
    command = [sys.executable, "-m", "tests.privacy.offline", *args]
    with subprocess.Popen(command, cwd=campaign or work, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            out, err = _kill_at(process, until) if until else process.communicate(timeout=timeout)
        finally:
            process.kill()
            watcher.stop()
    seen.mkdir(exist_ok=True)
    return Ran(process.returncode, out, err, seen)


def _kill_at(process: "subprocess.Popen[bytes]", until: str) -> tuple[bytes, bytes]:
    assert process.stderr is not None
    assert process.stdout is not None
    err = b""
    for line in process.stderr:
        err += line
        if until in line.decode(errors="replace"):
            process.kill()
            break
    return process.stdout.read(), err + process.stderr.read()


def in_process(*args: str) -> str:
    """The same in this process, for calls that read only: everything said, on both streams."""
    from audit.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(list(args))
    return out.getvalue()
