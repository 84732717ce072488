"""One column of cells to values, by exception: a cell in its plain form is taken as it is, each distinct other one is read once.

Most cells of a register are plain already, so that the long way (width, spaces, forms, empty-looking words) is walked only by
the rest, and by each distinct text only once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import polars as pl

from audit.ingest import dates, figures, identity, names
from audit.ingest.text import clean, hidden_marks, looks_empty
from expectations.fields import EMPTY_NAMES, EMPTY_WORDS

Rule = Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True)
class Way:
    """How cells of one kind are read.

    Attributes:
        full: from cleaned text that is not empty-looking to a value; null when it cannot be read.
        plain: pattern of cells that ``quick`` may read as they stand; such cells need no repair.
        quick: from a plain cell to its value.
        marks: repairs that show in the cleaned text, by name.
    """

    full: Rule
    plain: str | None = None
    quick: Rule | None = None
    marks: dict[str, Rule] | None = None


@dataclass(frozen=True)
class Column:
    """A column read.

    Attributes:
        values: in the order of the cells.
        unreadable: how many cells hold a text that gave no value.
        repairs: cells mended, by kind.
        first: position of the first unreadable cell.
    """

    values: pl.Series
    unreadable: int
    repairs: Counter[str]
    first: int | None = None


@cache
def ways() -> dict[str, Way]:
    """How each kind of field is read."""
    number_marks = {"id_15_to_18": identity.is_short, "id_lower_x": lambda text: text.str.ends_with("x")}
    return {
        "name": Way(names.name, rf"^[{names.simplified_class()}]{{2,4}}$", lambda cell: cell),
        "sex": Way(names.sex),
        "date": Way(
            dates.day,
            r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$|^(?:19|20)[0-9]{6}$",
            dates.plain_day,
            {"excel_date": dates.is_serial},
        ),
        "id": Way(identity.number18, r"^[0-9]{17}[0-9X]$", lambda cell: cell, number_marks),
        "text": Way(_text, r"^[A-Za-z]?[0-9]{2,30}$", lambda cell: cell),
        "place": Way(_village),
        "int": Way(figures.whole, r"^[0-9]{1,9}$", lambda cell: cell.cast(pl.Int64, strict=False)),
        "float": Way(figures.real, r"^[0-9]{1,9}(?:\.[0-9]{1,9})?$", lambda cell: cell.cast(pl.Float64, strict=False)),
        "year": Way(dates.year, r"^(?:19|20)[0-9]{2}$", lambda cell: cell.cast(pl.Int64, strict=False)),
        "month": Way(dates.month),
    }


def read_column(cells: pl.Series, kind: str) -> Column:
    """Read a column.

    Args:
        cells: raw text.
        kind: of the field, as in ``expectations.fields.Field``.
    """
    way = ways()[kind]
    frame = pl.DataFrame({"cell": cells})
    plain = _plain(cells, way, kind)
    # where every cell is plain, or none is to be told apart, the rest is empty
    odd = frame.filter(~plain).drop_nulls().group_by("cell", maintain_order=True).len("n")
    if way.quick is not None and odd.is_empty():
        values = frame.select(value=way.quick(pl.when(plain).then(pl.col("cell"))))["value"]
        lost = plain & values.is_null()
        count = int(lost.sum())
        return Column(values.alias(cells.name), count, Counter(), lost.arg_max() if count else None)
    odd, repairs = _read_odd(odd, kind, way)
    broken = odd.filter(pl.col("text").is_not_null() & pl.col("value").is_null())["cell"]
    lost = cells.is_in(broken.implode()).fill_null(False) if broken.len() else _none(cells)
    values = frame.join(odd.select("cell", "value"), on="cell", how="left", maintain_order="left")["value"]
    if way.quick is not None:
        quick = frame.select(value=way.quick(pl.when(plain).then(pl.col("cell"))))["value"]
        lost |= plain & quick.is_null()
        values = pl.select(pl.when(plain).then(quick).otherwise(values)).to_series()
    count = int(lost.sum())
    return Column(values.alias(cells.name), count, repairs, lost.arg_max() if count else None)


def _plain(cells: pl.Series, way: Way, kind: str) -> pl.Series:
    if way.plain is None:
        return _none(cells)
    plain = cells.str.contains(way.plain).fill_null(False)
    if kind == "name":
        plain &= ~cells.is_in([*EMPTY_WORDS, *EMPTY_NAMES]).fill_null(False)
    if kind == "id":
        plain &= ~cells.str.contains("^0+$").fill_null(False)
    return plain


def _none(cells: pl.Series) -> pl.Series:
    return pl.repeat(False, cells.len(), dtype=pl.Boolean, eager=True)


def _read_odd(odd: pl.DataFrame, kind: str, way: Way) -> tuple[pl.DataFrame, Counter[str]]:
    """Distinct cells with ``text`` (null when blank or empty-looking) and ``value``, and how many cells were repaired how."""
    steps = odd.lazy().with_columns(text=clean("cell")).with_columns(empty=looks_empty(pl.col("text"), kind))
    steps = steps.with_columns(text=pl.when(~pl.col("empty")).then(pl.col("text"))).with_columns(value=way.full(pl.col("text")))
    odd = steps.collect(engine="in-memory")
    marks = {**hidden_marks("cell"), "empty_looking": pl.col("empty")}
    marks |= {name: rule(pl.col("text")) for name, rule in (way.marks or {}).items()}
    repairs = Counter(odd.select(pl.col("n").filter(mark).sum().alias(name) for name, mark in marks.items()).row(0, named=True))
    if kind == "name":
        odd, changed = names.simplified(odd)
        repairs["traditional"] += changed
    return odd, +repairs


def _text(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"\s+", " ").str.replace(r"^([0-9]+)\.0$", "$1")


def _village(text: pl.Expr) -> pl.Expr:
    """A village's name without spaces, its committee's name led back to it."""
    return text.str.replace_all(r"\s+", "").str.replace(r"(村|社区)[村居]?民?委员?会$", "$1")
