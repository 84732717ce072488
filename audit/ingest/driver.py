"""What stands between us and a database driver: its silence, its patience, its codes."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from audit.ingest.quiet import quiet

_STATE: Final = re.compile(r"State: ([0-9A-Z]{5}), Native error: (-?[0-9]+)")
_NO_DRIVER: Final = ("IM002", "IM003", "IM004", "01000")  # no such source or driver, or its library cannot be opened
_NO_TABLE: Final = ("42P01", "42S02", "3F000", "3D000")
_NO_RIGHT: Final = ("42501",)
# MariaDB, MySQL and SQL Server put most refusals under 42000, and tell them apart by numbers of their own.
_NATIVE: Final = {
    229: "E-READ-033",
    1044: "E-READ-033",
    1142: "E-READ-033",
    1143: "E-READ-033",
    1049: "E-READ-032",
    1146: "E-READ-032",
}
_SYNTAX: Final = (1064,)
_REFUSED: Final = ("FATAL:", "致命错误")  # PostgreSQL gives one code for a wrong password and for a host that is not there
_OF_POSTGRES: Final = ("postgres", "psqlodbc", "kingbase")
Given = TypeVar("Given")


class NoAnswer(Exception):
    """Nothing came in time."""


@dataclass(frozen=True)
class Refusal:
    """Why a database gave nothing: our code; ``syntax`` when it did not understand the question."""

    code: str
    syntax: bool = False


def waited(work: Callable[[], Given], seconds: float | None = None) -> Given:
    """Do something with a driver, in silence and in a thread of its own.

    Not every driver keeps to the time it is given to connect (MariaDB's waits for ever for a host that accepts and says nothing),
    and while a driver works in the main thread Ctrl-C is not heard.

    Args:
        work: what to do.
        seconds: how long to wait for it; by default until it is done.

    Raises:
        NoAnswer: it took longer. The thread is left behind and ends with the process.
    """
    given: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            given.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    with quiet():
        thread.start()
        thread.join(seconds)
    if failed:
        raise failed[0]
    if thread.is_alive():
        raise NoAnswer
    result: Given = given[0]
    return result


def without_logs(text: str) -> str:
    """A connection string by which PostgreSQL's driver writes no log, even where the machine's settings say so.

    Its logs, in the folder for temporary files, hold passwords and rows (DESIGN C4). Of two values it takes the last.
    """
    lower = text.lower()
    if "driver=" in lower.replace(" ", "") and not any(name in lower for name in _OF_POSTGRES):
        return text
    return text.rstrip("; ") + ";Debug=0;CommLog=0"


def explained(error: BaseException, connecting: bool = False) -> Refusal:
    """Our sentence for a driver's error, by its codes.

    Args:
        error: as it was raised; what is not about the database is raised again.
        connecting: whether it came up while connecting.
    """
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error
    said = str(error)
    match = _STATE.search(said)
    state, native = (match[1], int(match[2])) if match else ("", 0)
    if connecting:
        if state in _NO_DRIVER:
            return Refusal("E-READ-030")
        refused = state.startswith("28") or native in _NATIVE or any(word in said for word in _REFUSED)
        return Refusal("E-READ-031") if refused else Refusal("E-READ-026")
    if "too large" in said and "truncation" in said:
        return Refusal("E-READ-034")
    if native in _NATIVE:
        return Refusal(_NATIVE[native])
    if state in _NO_TABLE or state in _NO_RIGHT:
        return Refusal("E-READ-032" if state in _NO_TABLE else "E-READ-033")
    return Refusal("E-READ-035", syntax=native in _SYNTAX or state in ("42601", "37000", "42000"))
