"""Rows of one source by county, compressed in memory until their county's turn comes. Nothing here is ever on disk (DESIGN C4)."""

import io
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import polars as pl

from audit.ingest import identity
from expectations.tables import BIRTHS

# What linkage reads of a reference, as far as it cannot be made again from the rest. The lines of a reference are not kept.
_OF_REFERENCE: Final = (
    "area_code", "village", "name", "sex", "birth_date", "id_number", "id_valid", "mother_name", "mother_id_number", "father_name",
)  # fmt: skip
_MADE_AGAIN: Final = ("county", "township", "id_date", "id_sex", "mother_birth_date")
_RAW: Final = "_raw"


class Hold:
    """Rows of one source, by county."""

    def __init__(self, audited: bool, areas: pl.DataFrame) -> None:
        """Make an empty hold.

        Args:
            audited: whether raw values, lines and record ids are kept.
            areas: the campaign's townships, schema ``AREAS``.
        """
        self._audited = audited
        self._names = areas.select("area_code", "township")
        self._pieces: dict[str, list[bytes]] = defaultdict(list)
        self._columns = pl.DataFrame(schema=BIRTHS)
        self.rows: dict[str, int] = defaultdict(int)

    def put(self, frame: pl.DataFrame, counties: Iterable[str]) -> None:
        """Keep the rows of these counties; rows of no known county are left out (and counted in the record, as ever)."""
        self._columns = frame.clear() if self._audited else self._columns
        wanted = frame.filter(pl.col("county").is_in(list(counties)))
        for (county,), part in wanted.partition_by("county", as_dict=True).items():
            self.rows[str(county)] += part.height
            self._pieces[str(county)].append(_packed(self._lean(part)))

    def take(self, county: str) -> pl.DataFrame:
        """The rows of a county, of schema ``BIRTHS`` (and ``<field>_raw`` when audited), in the order of the file; let go here."""
        pieces = self._pieces.pop(county, [])
        parts = []
        while pieces:
            parts.append(pl.read_ipc(io.BytesIO(pieces.pop(0))))
        if not parts:
            return self._columns
        return self._whole(pl.concat(parts, how="diagonal"), county)

    @property
    def bytes(self) -> int:
        """How much is held."""
        return sum(len(piece) for pieces in self._pieces.values() for piece in pieces)

    def _lean(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Without what can be made again; a raw value that reads as the normalised one is left out."""
        if not self._audited:
            return frame.select(_OF_REFERENCE)
        raws = [name for name in frame.columns if name.endswith(_RAW)]
        plain = [name.removesuffix(_RAW) for name in raws]
        kept = [name for name in BIRTHS if name not in _MADE_AGAIN]
        lean = [pl.when(_differs(name)).then(f"{name}{_RAW}").alias(f"{name}{_RAW}") for name in plain]
        return frame.select(*kept, *lean)

    def _whole(self, frame: pl.DataFrame, county: str) -> pl.DataFrame:
        named = frame.join(self._names, on="area_code", how="left", maintain_order="left").with_columns(county=pl.lit(county))
        if not self._audited:
            blank = [pl.lit(None, dtype=kind).alias(name) for name, kind in BIRTHS.items() if name not in named.columns]
            return named.with_columns(blank).select(list(BIRTHS))
        made = named.with_columns(
            id_date=identity.date_inside(pl.col("id_number")),
            id_sex=identity.sex_inside(pl.col("id_number")),
            mother_birth_date=identity.date_inside(pl.col("mother_id_number")),
        )
        raws = [name for name in frame.columns if name.endswith(_RAW)]
        return made.select(*BIRTHS, *(_again(name) for name in raws))


def _differs(name: str) -> pl.Expr:
    """Whether a raw value must be kept: it is there and is not how the normalised one is written."""
    return pl.col(f"{name}{_RAW}").ne_missing(pl.col(name).cast(pl.String))


def _again(raw: str) -> pl.Expr:
    plain = pl.col(raw.removesuffix(_RAW)).cast(pl.String)
    if raw == f"record_id{_RAW}":  # the only field that has a value where the file has none
        plain = pl.when(~plain.str.starts_with("line:")).then(plain)
    return pl.coalesce(raw, plain).alias(raw)


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    # Old layout of strings: offsets compress to nothing, views of the newer one do not.
    frame.write_ipc(buffer, compression="zstd", compat_level=pl.CompatLevel.oldest())
    return buffer.getvalue()
