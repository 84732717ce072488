"""What a page is made of: tables and figures, ready worded. The template only lays them out."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Cell:
    """A table cell.

    Attributes:
        text: as shown.
        sort: number to sort by when the text is not it.
        share: 0-100, drawn as a bar under the text.
        kind: a class of the style sheet, as ``bad`` or ``none``; always said in words too.
        link: a file beside the page.
    """

    text: str
    sort: float | None = None
    share: int | None = None
    kind: str = ""
    link: str = ""

    def html(self, tag: str, numeric: bool) -> str:
        """The cell as HTML, escaped; written here and not in the template, since a page has some ten thousand."""
        from markupsafe import escape

        kinds = (
            ["n"] * numeric
            + ([] if self.share is None else ["b", f"b{min(100, max(0, self.share))}"])
            + [self.kind] * bool(self.kind)
        )
        marks = f' class="{" ".join(kinds)}"' if kinds else ""
        value = "" if self.sort is None else f' data-v="{self.sort}"'
        link = f'<a href="{quote(self.link)}">{escape(self.text)}</a>' if self.link else escape(self.text)
        return f"<{tag}{marks}{value}>{link}</{tag[:2]}>"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of every row is its header.

    Attributes:
        id: unique on the page.
        caption: what the table says.
        columns: header and whether the column holds numbers.
        rows: cells.
        sortable: whether the script offers to sort it.
        filters: header words -> choices, for tables that can be filtered.
    """

    id: str
    caption: str
    columns: list[tuple[str, bool]]
    rows: list[list[Cell]]
    sortable: bool = False
    filters: list[tuple[int, str, list[str]]] = field(default_factory=list)

    def body(self) -> Any:
        """The rows as safe markup."""
        from markupsafe import Markup

        tags = [
            ('th scope="row"' if column == 0 else "td", numeric and column > 0) for column, (_, numeric) in enumerate(self.columns)
        ]
        rows = ("".join(cell.html(*tag) for cell, tag in zip(row, tags, strict=True)) for row in self.rows)
        return Markup("\n".join(f"<tr>{row}</tr>" for row in rows))


@dataclass(frozen=True)
class Picture:
    """One drawing: for wide windows and for narrow ones, or one for both."""

    wide: str
    narrow: str = ""
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure with the finding it shows and the data it was drawn from.

    Attributes:
        id, title: unique id and heading.
        caption: the finding in words; for an absent figure the reason.
        pictures: drawings; none when there is nothing to draw.
        key: signs and their meaning: (sign class, words).
        table: the data.
        file: the file that holds the data.
    """

    id: str
    title: str
    caption: str
    pictures: list[Picture] = field(default_factory=list)
    key: list[tuple[str, str]] = field(default_factory=list)
    table: Table | None = None
    file: str = ""
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A numbered section: paragraphs, figures and tables in order."""

    id: str
    title: str
    paragraphs: list[str]
    blocks: list[Figure | Table]


def cells(*values: Any) -> list[Cell]:
    """Cells of plain text."""
    return [value if isinstance(value, Cell) else Cell(str(value)) for value in values]
