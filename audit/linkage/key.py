"""The key of a release: a hash of everything linkage reads, so that the same inputs never draw noise twice (DESIGN C3)."""

import hashlib
from collections.abc import Iterable
from typing import Final

import polars as pl

from audit.linkage.layout import COLUMNS

LINKAGE_VERSION: Final = "2"  # raise it when the same rows would give other links


def release_key(sources: Iterable[tuple[str, pl.DataFrame]], areas: pl.DataFrame, window: tuple[int, int]) -> str:
    """SHA-256 in hex of the sorted normalised rows of all sources, the areas, the window and the linkage version.

    Args:
        sources: role and frame of each source in campaign order; only the columns linkage reads count, so neither names of files,
            byte order marks, the order of rows nor record ids change the key.
        areas: ``county, area_code, township``.
        window: first and last birth year.
    """
    digest = hashlib.sha256(f"hecha linkage {LINKAGE_VERSION} {window[0]}-{window[1]}".encode())
    for role, frame in sources:
        digest.update(f"\x1d{role}\x1e".encode())
        _update(digest, frame.select(COLUMNS))
    digest.update(b"\x1dareas\x1e")
    _update(digest, areas.select("county", "area_code", "township"))
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", frame: pl.DataFrame) -> None:
    line = pl.concat_str([pl.col(name).cast(pl.String).fill_null("\x00") for name in frame.columns], separator="\x1f")
    lines = frame.select(line.alias("line"))["line"].sort()
    step = 1 << 16
    for start in range(0, len(lines), step):  # in slices: the text of a whole source at once would double its memory
        digest.update(lines.slice(start, step).str.join("\x1e").item().encode())
        digest.update(b"\x1e")
