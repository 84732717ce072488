"""CSV for Excel and WPS: UTF-8 with BOM, English headers, one file per artefact."""

from pathlib import Path
from typing import Final

import polars as pl

from expectations.run import Run

FILES: Final = ("findings", "coverage", "timeliness", "outcomes", "figures")
_SORTED_BY: Final = {
    "findings": ["county", "finding_id"],
    "coverage": ["county", "level", "area_code", "birth_year", "sex"],
    "timeliness": ["county", "area_code", "birth_year"],
    "outcomes": ["county", "area_code", "detector"],
    "figures": ["county", "figure", "series", "area_code", "period", "x"],
}
# A spreadsheet takes text that begins so for a formula; the apostrophe is how it is told that it is text.
_FORMULA: Final = r"^([=+\-@\t\r|])"


def write_tables(run: Run, folder: Path, minimum: int) -> list[Path]:
    """Write findings, coverage, timeliness, outcomes and the charts' figures.

    Args:
        run: the run, already tidied.
        folder: where to.
        minimum: smallest count from linking that is shown.
    """
    written = []
    for name in FILES:
        frame = getattr(run, name)
        if name == "coverage":
            shown = ~pl.col("withheld") & (pl.col("unreported_at_least") >= minimum)
            frame = frame.with_columns(pl.when(shown).then("unreported_at_least"))
        path = folder / f"{name}.csv"
        flat = _flat(frame.sort(_SORTED_BY[name], nulls_last=True, maintain_order=True))
        path.write_bytes(b"\xef\xbb\xbf" + flat.write_csv(line_terminator="\r\n").encode())
        written.append(path)
    if run.twice is not None:
        path = folder / "registered_twice.csv"
        path.write_bytes(b"\xef\xbb\xbf" + _flat(run.twice.sort("birth", "line")).write_csv(line_terminator="\r\n").encode())
        written.append(path)
    return written


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as ``a;b``, text that looks like a formula as text."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    frame = frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(";") for name in lists)
    return frame.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'${1}"))
