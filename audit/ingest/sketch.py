"""A campaign file sketched from a folder of files, for ``hecha init``.

Of a births source the headers alone are looked at, never a cell. Only the names of counties in the areas file and the years of a
table of published rates, which are about no person, are taken over.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import tomlkit

from audit.config import nearest
from audit.ingest.columns import read_column
from audit.ingest.headers import shown
from audit.ingest.read import peek, read
from audit.ingest.spec import FileSpec, Header
from expectations.catalogue import Catalogue, catalogue, system_language
from expectations.errors import HechaError, Problems
from expectations.fields import AREA_FIELDS, BIRTH_FIELDS, TABLE_FIELDS, Field

_KINDS: Final[dict[str, tuple[Field, ...]]] = {"births": BIRTH_FIELDS, **TABLE_FIELDS, "areas": AREA_FIELDS}
_MOST_FILES: Final = 200
_NOT_DATA: Final = (".toml", ".md", ".py", ".log", ".json", ".yaml", ".yml", ".lock", ".jsonl")
_AUDITED_WORDS: Final = re.compile("登记|regist|出生", re.IGNORECASE)
_CENSUS: Final = re.compile("普查|census", re.IGNORECASE)


@dataclass(frozen=True)
class _Guess:
    """What a file seems to be.

    Attributes:
        kind: ``births``, ``areas``, a kind of table, or none when no header is recognised.
        problem: why the file cannot be read, if it cannot.
    """

    file: str
    kind: str | None = None
    header: Header | None = None
    missing: tuple[str, ...] = ()
    problem: HechaError | None = None

    @property
    def found(self) -> set[str]:
        """Names of the fields recognised."""
        return {field.name for field in self.header.fields.values()} if self.header else set()


def sketch(folder: Path, language: str | None = None) -> str:
    """Text of a commented campaign.toml for the files in a folder.

    Args:
        folder: subfolders are not looked into.
        language: of the comments; by default the environment's.

    Returns:
        TOML that needs a county and birth years filled in. Columns left unread, required columns that were not found, files that
        were not recognised and those that cannot be read stand in comments.
    """
    words = catalogue(language or system_language())
    guesses = [_guess(path) for path in _files(Path(folder))]
    document = tomlkit.document()
    document.add(_comment(words.text("sketch.head")))
    document.add(tomlkit.nl())
    document.add("campaign", _campaign(Path(folder), guesses, words))
    births = _audited_first([guess for guess in guesses if guess.kind == "births"])
    names: set[str] = set()
    if births:
        document.add("sources", _sections(births, names, words))
    tables = [guess for guess in guesses if guess.kind in TABLE_FIELDS]
    if tables:
        document.add("tables", _sections(tables, names, words))
    _overrides(document, [*births, *tables], words)
    for line in _left_over(guesses, words):
        document.add(_comment(line))
    return tomlkit.dumps(document)


def _files(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "~$")) and path.is_file()]
    return [path for path in found if path.suffix.lower() not in _NOT_DATA][:_MOST_FILES]


def _guess(path: Path) -> _Guess:
    """The kind whose fields the header fits best: required ones all there, then most recognised."""
    best = _Guess(path.name)
    rank = (-99, 0)
    for kind, fields in _KINDS.items():
        spec = FileSpec(path.stem, path, fields, reference=True, births=kind == "births")
        try:
            header = peek(spec)
        except Problems as error:
            best = best if best.header else _Guess(path.name, problem=error.problems[0])
            continue
        if header is None:
            continue
        found = {field.name for field in header.fields.values()}
        missing = tuple(field.name for field in fields if field.required and field.name not in found)
        if kind == "births" and not found & {"name", "id_number", "mother_name"}:
            missing = (*missing, "name")
        if (-len(missing), len(found)) > rank:
            rank, best = (-len(missing), len(found)), _Guess(path.name, kind, header, missing)
    # where more is missing than there, it is more likely another table than this one with odd headers
    return best if best.problem or len(best.missing) < len(best.found) else _Guess(path.name, header=best.header)


def _audited_first(births: list[_Guess]) -> list[_Guess]:
    """The register under audit is most likely the one that says when a birth was registered."""
    return sorted(
        [guess for guess in births if not _CENSUS.search(guess.file)],
        key=lambda guess: (-("registered_on" in guess.found), -bool(_AUDITED_WORDS.search(guess.file)), guess.file),
    )


def _campaign(folder: Path, guesses: list[_Guess], words: Catalogue) -> tomlkit.items.Table:
    counties, years = _counties(folder, guesses), _years(folder, guesses)
    table = tomlkit.table()
    table.add("name", words.text("sketch.name"))
    table.add(_comment(words.text("sketch.county")))
    table.add("county", counties if len(counties) > 1 else counties[0] if counties else "")
    table.add(_comment(words.text("sketch.birth_years")))
    table.add("birth_years", years or [2018, 2025])
    areas = next((guess.file for guess in guesses if guess.kind == "areas"), None)
    if areas is None:
        table.add(_comment(words.text("sketch.no_areas")))
    table.add("areas", areas or "areas.csv")
    table.add("language", words.language)
    table.add("seed", 1)
    return table


def _counties(folder: Path, guesses: list[_Guess]) -> list[str]:
    """Names of the counties that the areas file's townships belong to."""
    frame = _cells(folder, guesses, "areas")
    if frame is None:
        return []
    names = dict(frame.select(pl.col("code").str.strip_chars(), pl.col("name").str.strip_chars()).iter_rows())
    parents = frame.filter(pl.col("level").str.contains("乡|镇|街道|(?i)town"))["parent"].drop_nulls().str.strip_chars()
    found = dict.fromkeys(names.get(parent) or parent for parent in parents.unique(maintain_order=True))
    return [name for name in found if name and len(name) <= 20 and not name.isdigit()][:50]


def _years(folder: Path, guesses: list[_Guess]) -> list[int]:
    """First and last year of the published rates; none when there are no such, or too many for births of one register."""
    frame = _cells(folder, guesses, "vital_rates")
    years = read_column(frame["year"], "year").values.drop_nulls() if frame is not None else pl.Series([], dtype=pl.Int64)
    return [] if years.is_empty() else [max(int(years.min()), int(years.max()) - 60), int(years.max())]  # type: ignore[arg-type]  # Int64


def _cells(folder: Path, guesses: list[_Guess], kind: str) -> pl.DataFrame | None:
    guess = next((guess for guess in guesses if guess.kind == kind and not guess.missing), None)
    if guess is None:
        return None
    try:
        return read(FileSpec(kind, folder / guess.file, _KINDS[kind])).frame
    except Problems:
        return None


def _sections(guesses: list[_Guess], names: set[str], words: Catalogue) -> tomlkit.items.Table:
    outer = tomlkit.table(is_super_table=True)
    for at, guess in enumerate(guesses):
        section = tomlkit.table()
        if guess.kind == "births":
            section.add(_comment(words.text("sketch.audited" if at == 0 else "sketch.reference")))
            section.add("role", "audited" if at == 0 else "reference")
        else:
            section.add("kind", guess.kind)
        section.add("path", guess.file)
        for line in _about(guess, words):
            section.add(_comment(line))
        section.add(tomlkit.nl())
        outer.add(_name(guess.file, names), section)
    return outer


def _about(guess: _Guess, words: Catalogue) -> list[str]:
    """Which headers were recognised as what, and which are left unread."""
    if guess.header is None:
        return []
    columns, file = guess.header.columns.items(), shown_file(guess.file)
    lines = [words.text("sketch.recognised", columns=", ".join(f"{shown(text)} → {field}" for text, field in columns))]
    unread = [name for name in guess.header.not_read if name not in guess.header.out_of_scope]
    if unread:
        lines.append(words.text("sketch.not_read", file=file, columns=", ".join(shown(name) for name in unread[:20])))
    if guess.header.out_of_scope:
        lines.append(
            words.text("sketch.out_of_scope", file=file, columns=", ".join(shown(name) for name in guess.header.out_of_scope[:20]))
        )
    return lines


def _overrides(document: tomlkit.TOMLDocument, guesses: list[_Guess], words: Catalogue) -> None:
    """Required columns that were not found, as lines to complete."""
    for guess in guesses:
        for field in guess.missing:
            wanted = next(item for item in _KINDS[guess.kind or "births"] if item.name == field)
            unread = list(guess.header.not_read) if guess.header else []
            near = nearest(wanted.aliases[0], unread, 1)
            line = f'[columns.{Path(guess.file).stem}]  "{shown(near[0]) if near else "…"}" = "{field}"'
            document.add(_comment(words.text("sketch.missing", file=guess.file, field=field, line=line)))


def _left_over(guesses: list[_Guess], words: Catalogue) -> list[str]:
    lines = []
    seen_areas = False
    for guess in guesses:
        if guess.problem is not None:
            what = words.text(f"error.{guess.problem.code}.what", **guess.problem.params)
            lines.append(words.text("sketch.unreadable", file=shown_file(guess.file), what=what))
        elif guess.kind == "births" and _CENSUS.search(guess.file):
            lines.append(words.text("sketch.census", file=shown_file(guess.file)))
        elif guess.kind is None or (guess.kind == "areas" and seen_areas):
            lines.append(words.text("sketch.unrecognised", file=shown_file(guess.file)))
        seen_areas |= guess.kind == "areas"
    return lines


def _comment(text: str) -> tomlkit.items.Comment:
    """A comment of one line, whatever stands in the names of files, sheets and columns that it tells."""
    return tomlkit.comment("".join(ch if ch.isprintable() else " " for ch in text))


def shown_file(name: str) -> str:
    """A file's name on one line, what cannot be printed left out."""
    return "".join(ch for ch in name if ch.isprintable())[:80]


def _name(file: str, names: set[str]) -> str:
    """A section's name from a file's: bare in TOML when it can be, and not yet taken."""
    stem = re.sub(r"[^\w-]+", "_", Path(file).stem).strip("_") or "file"
    name, n = stem, 2
    while name in names:
        name, n = f"{stem}_{n}", n + 1
    names.add(name)
    return name
