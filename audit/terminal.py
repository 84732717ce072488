"""What a terminal can show: its width in cells, its colours, which signs it has; and text made safe for it."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

from rich.cells import cell_len

_ASCII: Final = str.maketrans(
    {
        "▲": "!",
        "▼": "v",
        "≠": "!=",
        "≥": ">=",
        "≤": "<=",
        "–": "-",
        "—": "-",
        "·": "|",
        "…": "...",
        "×": "x",
        "≈": "~",
        "✓": "+",
        "→": "->",
    }
)
_SIGNS: Final = "≠–…·"
# What may not begin a line in Chinese typesetting, and what may not end one.
_NOT_FIRST: Final = frozenset("，。；：、！？）》」』”’％%,.;:!?)]")
_NOT_LAST: Final = frozenset("（《「『“‘([")
_TOKEN: Final = re.compile(r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|.")
_STYLES: Final = {"bold": "1", "dim": "2", "high": "1;31", "medium": "33", "low": "36", "differs": "1;35", "error": "1;31"}


class Terminal:
    """stdout and stderr of one call of hecha.

    Attributes:
        width, err_width: cells of a line on stdout and on stderr.
        colour: whether stdout takes colours; words and signs say the same without them.
        ascii: whether signs outside ASCII must be replaced (``LANG=C``, or an encoding that lacks them).
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out, self.err = out or sys.stdout, err or sys.stderr
        self.width, self.err_width = _width(self.out), _width(self.err)
        self.colour = _is_terminal(self.out) and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
        self.ascii = _plain_locale() or not _encodes(self.out, _SIGNS)
        for stream in (self.out, self.err):
            if hasattr(stream, "reconfigure"):  # no character may stop an answer half way
                stream.reconfigure(errors="backslashreplace")

    def print(self, *lines: str) -> None:
        """Lines on stdout, as they are."""
        for line in lines:
            print(line, file=self.out)

    def say(self, *lines: str) -> None:
        """Lines on stderr."""
        for line in lines:
            print(self.tidy(line), file=self.err)

    def paragraph(self, text: str, indent: str = "", hang: str | None = None) -> None:
        """A paragraph on stdout, wrapped to the width."""
        self.print(*wrap(self.tidy(text), self.width, indent, indent if hang is None else hang))

    def tidy(self, text: str) -> str:
        """Text safe for this terminal: control characters escaped, signs it lacks replaced."""
        text = printable(text)
        return text.translate(_ASCII) if self.ascii else text

    def style(self, text: str, name: str | None) -> str:
        """Text in a style, where the terminal takes colours."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.colour and name else text


def printable(text: str) -> str:
    """Text from data made safe for a terminal: control and bidirectional characters as escapes.

    >>> printable("东华\\u202e镇\\x1b[31m")
    '东华\\\\u202e镇\\\\x1b[31m'
    """
    return "".join(ch if ch.isprintable() or ch == "　" else ch.encode("unicode_escape").decode() for ch in text)


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break text into lines by cells, Chinese between any two characters but where punctuation forbids it.

    Args:
        text: one paragraph; its line breaks count as spaces.
        width: cells of a line, indent included.
        first, rest: what begins the first line and the others.

    >>> wrap("登记完整率低于目标，请核对。", 12)
    ['登记完整率低', '于目标，请核', '对。']
    """
    rest = first if rest is None else rest
    lines: list[str] = []
    line, used = first, cell_len(first)
    for token in tokens(text):
        size = cell_len(token)
        if used + size > width and line.strip() and line != (rest if lines else first):
            lines.append(line.rstrip())
            line, used = rest, cell_len(rest)
            token = token.lstrip()
            size = cell_len(token)
        for piece in _pieces(token, max(width - cell_len(rest), 2)) if size > width - used else (token,):
            if used + cell_len(piece) > width and line != rest:
                lines.append(line.rstrip())
                line, used = rest, cell_len(rest)
            line += piece
            used += cell_len(piece)
    return [*lines, line.rstrip()]


def fit(text: str, width: int, mark: str = "…") -> str:
    """Text filled with spaces to a number of cells, cut when too long, with a mark that says so.

    >>> fit("完整率低于目标", 9), fit("东华镇", 9)
    ('完整率低…', '东华镇   ')
    """
    if cell_len(text) > width:
        while text and cell_len(text) > width - cell_len(mark):
            text = text[:-1]
        text += mark
    return text + " " * (width - cell_len(text))


def tokens(text: str) -> Iterator[str]:
    """Pieces that must not be broken: words, and Chinese characters with the punctuation that clings to them."""
    held = ""
    parts = [" " if part.isspace() else part for part in _TOKEN.findall(text.strip())]
    for token, after in zip(parts, [*parts, ""][1:], strict=True):
        held += token
        if after and (after[0] in _NOT_FIRST or token[-1] in _NOT_LAST):
            continue
        yield held
        held = ""
    if held:
        yield held


def _pieces(token: str, width: int) -> Iterable[str]:
    """A token longer than a line, cut where it must be."""
    piece = ""
    for ch in token:
        if cell_len(piece + ch) > width:
            yield piece
            piece = ""
        piece += ch
    yield piece


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if not columns.isdigit() and not _is_terminal(stream):
        return 80
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # already closed
        return False


def _plain_locale() -> bool:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(name):
            return value in ("C", "POSIX")
    return False


def _encodes(stream: TextIO, signs: str) -> bool:
    try:
        signs.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
