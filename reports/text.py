"""What makes text from a file safe to show: no control characters, no hidden direction marks, no forbidden file names."""

import re
import unicodedata
from dataclasses import replace
from typing import Any, Final

import polars as pl

from expectations.run import Run

# Control characters but line feed; they break XML and mean nothing in a register.
_CONTROL: Final = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]"
# Marks that reorder or hide what is read: a name or an id must look as it is.
_HIDDEN: Final = "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_ILLEGAL: Final = re.compile(r'[<>:"/\\|?*\s]+')
_LONGEST: Final = 96  # characters of a file name; SURFACES asks for fewer than 100
_BYTES: Final = 240  # file systems count bytes, a Chinese character is three


def clean(text: str) -> str:
    """Text without control characters; direction and zero-width marks spelt out, as ``[U+202E]``.

    >>> clean("a\\x07b\\u202ec")
    'ab[U+202E]c'
    """
    text = re.sub(_CONTROL, "", text)
    return re.sub(f"[{_HIDDEN}]", lambda found: f"[U+{ord(found.group()):04X}]", text)


def tidy(run: Run) -> Run:
    """The run with every text in it cleaned: what reports show goes through here once."""
    frames = ("findings", "evidence", "coverage", "timeliness", "outcomes", "figures")
    tidied: dict[str, Any] = {name: _tidy_frame(getattr(run, name)) for name in frames}
    twice = None if run.twice is None else _tidy_frame(run.twice)
    return replace(run, record=_tidy_value(run.record), linkage=_tidy_value(run.linkage), twice=twice, **tidied)


def file_stem(*parts: str) -> str:
    """Parts of a file name joined by ``-``, without what Windows forbids, short enough for every file system.

    The longest part is cut first, so that year and kind stay readable.

    >>> file_stem("云川县", "东华/镇", "2026", "核查")
    '云川县-东华_镇-2026-核查'
    """
    names = [_ILLEGAL.sub("_", unicodedata.normalize("NFC", clean(part))).strip("._ ") or "_" for part in parts]
    while len("-".join(names)) > _LONGEST - 5 or len("-".join(names).encode()) > _BYTES - 5:
        longest = max(range(len(names)), key=lambda index: len(names[index].encode()))
        names[longest] = names[longest][:-1].rstrip("._ ")
    return "-".join(names)


def _tidy_frame(frame: pl.DataFrame) -> pl.DataFrame:
    # Whole columns are clean nearly always: look once, and mend only those that are not.
    marked = [name for name, kind in frame.schema.items() if kind == pl.String() and _marked(frame[name])]
    lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String()) and _marked(frame[name].explode())]
    texts = [_tidied(pl.col(name)) for name in marked]
    return frame.with_columns(*texts, *(pl.col(name).list.eval(_tidied(pl.element())) for name in lists))


def _marked(texts: pl.Series) -> bool:
    return bool(texts.str.contains(f"{_CONTROL}|[{_HIDDEN}]").any())


def _tidied(text: pl.Expr) -> pl.Expr:
    text = text.str.replace_all(_CONTROL, "")
    for mark in _HIDDEN:
        text = text.str.replace_all(mark, f"[U+{ord(mark):04X}]", literal=True)
    return text


def _tidy_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_tidy_value(key): _tidy_value(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy_value(held) for held in value]
    return value
