"""Errors as people read them, three lines a problem and ten problems at most, and as programs do (JSON Lines)."""

import json
import traceback
from pathlib import Path
from typing import Any, Final

from audit.terminal import Terminal
from expectations.catalogue import Catalogue
from expectations.errors import HechaError, Problems, StageError

MOST: Final = 10
_ROOT: Final = Path(__file__).parents[1]


def problems_of(error: HechaError | Problems) -> list[HechaError]:
    """The single problems of an error, each once, in the order they were met."""
    problems = error.problems if isinstance(error, Problems) else [error]
    seen: dict[str, HechaError] = {}
    for problem in problems:
        seen.setdefault(repr((problem.code, problem.file, problem.line, problem.column, problem.params)), problem)
    return list(seen.values())


def bug(error: BaseException) -> StageError:
    """An error nobody foresaw, told by its kind and place in the code; never by its message, which may hold a value."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _ROOT in Path(frame.filename).parents]
    place = f"{Path(frames[-1].filename).relative_to(_ROOT).as_posix()}:{frames[-1].lineno}" if frames else "?"
    return StageError("E-BUG-001", params={"kind": type(error).__name__, "place": place})


def show_problems(terminal: Terminal, words: Catalogue, error: HechaError | Problems, as_json: bool = False) -> None:
    """Print problems on stderr, each in the form *where, what, remedy*; after ten, how many more there are."""
    problems = problems_of(error)
    if as_json:
        for problem in problems:
            print(json.dumps(as_object(words, problem), ensure_ascii=False, allow_nan=False), file=terminal.err)
        return
    for problem in problems[:MOST]:
        what, remedy = _sentences(words, problem)
        terminal.say(_where(words, problem), f"  {what}", f"  {words.text('cli.error.remedy', text=remedy)}")
    if len(problems) > MOST:
        terminal.say(words.text("cli.error.more", n=len(problems) - MOST))


def as_object(words: Catalogue, problem: HechaError) -> dict[str, Any]:
    """One problem for a program."""
    what, remedy = _sentences(words, problem)
    number, field = problem.params.get("column_number"), problem.params.get("field")
    return {
        "code": problem.code,
        "file": problem.file,
        "line": problem.line,
        "column": number if isinstance(number, int) else problem.column,
        "field": str(field) if field is not None else problem.column,
        "message": what,
        "remedy": remedy,
    }


def show_places(terminal: Terminal, error: BaseException) -> None:
    """What ``--debug`` adds: kinds of errors and code locations, innermost last. No message, no local, no value."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in reversed(chain):
        terminal.say(f"-- {type(link).__module__}.{type(link).__qualname__}")
        for frame in traceback.extract_tb(link.__traceback__):
            path = Path(frame.filename)
            name = path.relative_to(_ROOT).as_posix() if _ROOT in path.parents and "site-packages" not in path.parts else path.name
            terminal.say(f"   {name}:{frame.lineno} {frame.name}")


def _where(words: Catalogue, problem: HechaError) -> str:
    parts = [words.text("cli.error.head", code=problem.code)]
    if problem.file:
        parts.append(problem.file)
    if problem.line is not None:
        parts.append(words.text("cli.error.line", n=problem.line))
    number = problem.params.get("column_number")
    if problem.column and isinstance(number, int):
        parts.append(words.text("cli.error.column_number", n=number, name=problem.column))
    elif problem.column:
        parts.append(words.text("cli.error.column", name=problem.column))
    return words.text("cli.error.where", parts=" ".join(parts))


def _sentences(words: Catalogue, problem: HechaError) -> tuple[str, str]:
    texts = []
    for part in ("what", "remedy"):
        try:
            text = words.text(f"error.{problem.code}.{part}", **problem.params)
        except (KeyError, ValueError, IndexError):  # an error without its words is still an error with its code
            text = words.text(f"cli.error.no_{part}")
        texts.append(" ".join(text.split()))
    return texts[0], texts[1]
