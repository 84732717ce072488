"""Errors as people read them, three lines a problem and ten problems at most, and as programs do (JSON Lines)."""

import json
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.cells import cell_len

from audit.terminal import Terminal, fit, wrap
from expectations.catalogue import Catalogue
from expectations.errors import HechaError, Problems, StageError

MOST: Final = 10
_LINES: Final = 3  # of a problem
_ROOMS: Final = (1_000_000, 56, 44, 34, 28, 24, 20, 16, 12)  # cells that what is quoted may take, tried in turn
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
        terminal.say(*_three_lines(terminal, words, problem))
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


def _three_lines(terminal: Terminal, words: Catalogue, problem: HechaError) -> list[str]:
    """Where, what and remedy in three lines of the terminal; what is quoted is cut as short as that takes."""
    lines: list[str] = []
    for most in _ROOMS:
        cut = replace(problem, params={name: _cut(name, value, most) for name, value in problem.params.items()})
        if most < _ROOMS[1]:  # names of files and headers are cut last
            cut = replace(cut, file=cut.file and _short(cut.file, most + 10), column=cut.column and _short(cut.column, most + 10))
        what, remedy = (terminal.tidy(text) for text in _sentences(words, cut))
        where, mend = terminal.tidy(_where(words, cut)), terminal.tidy(words.text("cli.error.remedy", text=""))
        last = wrap(remedy, terminal.err_width, f"  {mend}", " " * (2 + cell_len(mend)))
        lines = [where, *wrap(what, terminal.err_width, "  "), *last]
        if len(lines) > _LINES or cell_len(where) > terminal.err_width:  # what is wrong begins on the line that says where
            lines = [*wrap(where + (" " if where[-1] == ":" else "") + what, terminal.err_width, "", "  "), *last]
        if len(lines) <= _LINES:
            break
    return lines


def _cut(name: str, value: object, most: int) -> object:
    """A parameter no wider than so many cells; lines to paste and numbers stay whole."""
    return _short(value, most) if isinstance(value, str) and name != "paste" else value


def _short(text: str, most: int) -> str:
    """Text cut to so many cells: a list loses its last entries, a path its first folders, other text its end.

    >>> _short("东华镇, 西岭乡, 南河镇", 16), _short("registers/2026/runs", 12), _short("一二三四五六七", 9)
    ('东华镇, …', '…/2026/runs', '一二三四…')
    """
    if cell_len(text) <= most:
        return text
    for joint in (", ", " · ", "、"):
        kept = text.split(joint)
        if len(kept) > 1 and cell_len(kept[0] + joint) < most:
            while cell_len(joint.join(kept) + joint) >= most:
                kept.pop()
            return joint.join(kept) + joint + "…"
    folders = text.split("/")
    if len(folders) > 1 and cell_len(folders[-1]) + 2 <= most:
        while cell_len("/".join(folders)) + 2 > most:
            folders.pop(0)
        return "…/" + "/".join(folders)
    return fit(text, most).rstrip()


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
