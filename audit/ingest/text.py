"""Text of cells: width, spaces, marks that cannot be seen, and what only looks like a value. All polars expressions."""

import re
from typing import Final

import polars as pl

from expectations.fields import EMPTY_MARKS, EMPTY_NAMES, EMPTY_WORDS

# Control, format and bidirectional characters, the object replacement character, variation selectors, private-use blanks.
HIDDEN: Final = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]"
)
FULL_WIDTH: Final = r"[\uff01-\uff5e]"
_EXCEL_TEXT: Final = r'^=?"(.*)"$|^\'(.+)$'  # ="6901…" of web exports, '6901… typed to keep a number as text
_MARKS: Final = rf"^[{re.escape(EMPTY_MARKS)}\s]+$"


def clean(column: str | pl.Expr) -> pl.Expr:
    """Half width (NFKC), no hidden characters, no outer spaces, no Excel text marks; blank becomes null.

    >>> pl.select(clean(pl.lit("　６９０１２１ "))).item()
    '690121'
    """
    text = pl.col(column) if isinstance(column, str) else column
    text = text.str.normalize("NFKC").str.replace_all(HIDDEN, "").str.strip_chars()
    text = text.str.replace(_EXCEL_TEXT, "$1$2").str.strip_chars()
    return pl.when(text.str.len_bytes() > 0).then(text)


def looks_empty(text: pl.Expr, kind: str) -> pl.Expr:
    """Whether a cleaned text stands for nothing: 无, 不详, /, -, N/A; 0 only in names, sexes and identity numbers.

    Args:
        text: cleaned; null stays null.
        kind: the field's kind, as in ``expectations.fields.Field``.
    """
    words = [*EMPTY_WORDS, *EMPTY_NAMES] if kind == "name" else [*EMPTY_WORDS]
    plain = text.str.replace_all(r"\s+", " ").str.to_lowercase()
    empty = plain.is_in(words) | text.str.contains(_MARKS)
    if kind in ("name", "id"):
        empty |= text.str.contains(r"^0+(\.0+)?$")
    if kind == "sex":  # 0 and 9 are "unknown" and "not stated" in GB/T 2261.1
        empty |= text.is_in(["0", "9"])
    return empty


def hidden_marks(column: str) -> dict[str, pl.Expr]:
    """Whether a raw cell was written full width, with stray spaces, with characters that cannot be seen."""
    marks = {"full_width": FULL_WIDTH, "spaces": r"^\s|\s$|\u3000", "hidden_characters": HIDDEN}
    return {name: pl.col(column).str.contains(pattern) for name, pattern in marks.items()}
