"""Two sources that are one register: told by their rows, whatever the files' order, format, encoding, headers and ids.

An office that gives its register a second time as its own witness would be found complete. Only rows that are alike in every
field which both files have count as the same, and only where virtually all rows are: a household register into which the births
were once imported has births of its own, other spellings, and gaps.
"""

from typing import Final

import polars as pl

from expectations.errors import HechaError, ReadError
from expectations.tables import Intake

ALIKE: Final = 0.999  # share of the larger source's rows that stand in the other as they are
FEWEST: Final = 100  # rows compared; below, chance can make two honest lists alike
KEYS: Final = 4_096  # groups of births (sex, day, township) of which rows are kept for comparison
_KEY: Final = ("sex", "birth_date", "area_code")
_FIELDS: Final = ("name", "id_number", "mother_name", "mother_id_number", "father_name", "village")


class Sketch:
    """Hashes of some of a source's rows, in memory only: those of the groups whose own hash is lowest, so of the same in each."""

    def __init__(self, keys: int = KEYS) -> None:
        """Args: keys: how many groups are kept."""
        self._keys = keys
        self._rows = pl.DataFrame(schema=dict.fromkeys(("key", *_FIELDS), pl.UInt64()))
        self.highest: int | None = None  # of the groups kept; none when all are

    def see(self, frame: pl.DataFrame) -> "Sketch":
        """Take in rows (schema ``BIRTHS``) of a source, all at once or step by step."""
        known = frame.filter(pl.all_horizontal(pl.col(_KEY).is_not_null()))
        hashed = [pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash(seed=1)).alias(name) for name in _FIELDS]
        rows = known.select(known.select(_KEY).hash_rows(seed=1).alias("key"), *hashed)
        if self.highest is not None:
            rows = rows.filter(pl.col("key") <= self.highest)
        self._rows = pl.concat([self._rows, rows])
        self._trim()
        return self

    def add(self, other: "Sketch") -> "Sketch":
        """Take in the rows of another part of the same source."""
        limits = [sketch.highest for sketch in (self, other) if sketch.highest is not None]
        rows = pl.concat([self._rows, other._rows])
        self._rows = rows.filter(pl.col("key") <= min(limits)) if limits else rows
        self.highest = min(limits, default=None)
        self._trim()
        return self

    def _trim(self) -> None:
        keys = self._rows["key"].unique().sort()
        if keys.len() > self._keys:
            self.highest = int(keys[self._keys - 1])
            self._rows = self._rows.filter(pl.col("key") <= self.highest)

    def alike(self, other: "Sketch") -> bool:
        """Whether virtually all rows of both are the same in every field that both have."""
        limits = [sketch.highest for sketch in (self, other) if sketch.highest is not None]
        mine, theirs = (sketch._rows.filter(pl.col("key") <= min(limits)) if limits else sketch._rows for sketch in (self, other))
        rows = max(mine.height, theirs.height)
        if rows < FEWEST:
            return False
        shared = [name for name in _FIELDS if mine[name].count() and theirs[name].count()]
        counts = [half.group_by("key", *shared).len() for half in (mine, theirs)]
        both = counts[0].join(counts[1], on=["key", *shared], nulls_equal=True)
        return int(both.select(pl.min_horizontal("len", "len_right").sum()).item()) >= ALIKE * rows

    def __repr__(self) -> str:
        return "Sketch()"


def nearly_twice(sources: list[tuple[Intake, Sketch]]) -> list[HechaError]:
    """An error for every source that is one before it over again; which rows is not said."""
    return [
        ReadError("E-READ-019", file=intake.file, params={"one": first.name, "other": intake.name})
        for at, (intake, sketch) in enumerate(sources)
        if (first := next((before for before, known in sources[:at] if known.alike(sketch)), None)) is not None
    ]
