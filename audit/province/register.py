"""What must be known of the audited register as a whole: record ids that come back, and births registered in two counties.

One pass over 64-bit keys of its rows; exact equality only, so that nobody is taken for another. The references have no part in it.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from expectations.run import TWICE as FULL

Keys = NDArray[np.uint64]

# A newborn without a name is called after its family; such names are everybody's.
_UNNAMED: Final = r"(?:宝宝|毛毛|某某|婴儿?|某|之[子女])$"
TWICE: Final = pl.Schema({"birth": pl.UInt32(), "county": pl.String(), "line": pl.Int64()})


def safe_keys(frame: pl.DataFrame) -> list[Keys]:
    """Keys of rows (schema ``BIRTHS``): two rows with an equal key are one birth. 0 where a field of the key is missing.

    The identity number with a right check digit and the date of birth, and with them the name, the mother's name or the mother's
    number; or the mother's number, the date, the sex and a given name.
    """
    number = pl.when(pl.col("id_valid") & (pl.col("birth_date") == pl.col("id_date"))).then("id_number")
    mother = pl.when("mother_id_valid").then("mother_id_number")
    name = pl.when(~pl.col("name").str.contains(_UNNAMED) & (pl.col("name").str.len_chars() >= 2)).then("name")
    date = pl.col("birth_date").cast(pl.String)
    fields = (
        (number, date, pl.col("name")),
        (number, date, pl.col("mother_name")),
        (number, date, mother),
        (mother, date, pl.col("sex"), name),
    )
    texts = [pl.concat_str(key, separator="\x1f").alias(str(k)) for k, key in enumerate(fields)]
    made = frame.select(texts)
    return [
        made[column].hash(seed=k).fill_null(0).zip_with(made[column].is_not_null(), _ZERO).to_numpy()
        for k, column in enumerate(made.columns)
    ]


_ZERO: Final = pl.Series([0], dtype=pl.UInt64)


class Register:
    """Collects keys of the audited register, step by step."""

    def __init__(self, counties: tuple[str, ...]) -> None:
        """Args: counties: of the campaign, in its order."""
        self._counties = counties
        self._places = dict(zip(counties, range(1, len(counties) + 1), strict=True))
        self._ids: list[Keys] = []
        self._county: list[NDArray[np.uint16]] = []
        self._line: list[NDArray[np.int64]] = []
        self._keys: list[list[Keys]] = []

    def see(self, frame: pl.DataFrame) -> None:
        """Take the keys of some rows, of schema ``BIRTHS``."""
        self._ids.append(frame.select(own_id().hash(seed=0)).to_series().to_numpy())
        here = frame.filter(pl.col("county").is_not_null())
        self._county.append(here["county"].replace_strict(self._places, default=0, return_dtype=pl.UInt16).to_numpy())
        self._line.append(here["line"].to_numpy())
        self._keys.append(safe_keys(here))

    def repeated_ids(self) -> pl.Series:
        """Hashes of the file's own record ids that stand there more than once."""
        ids = np.concatenate([np.zeros(0, dtype=np.uint64), *self._ids])
        self._ids = []
        return pl.Series(_repeated(ids), dtype=pl.UInt64)

    def in_two_counties(self) -> pl.DataFrame:
        """Rows of births that are registered in two counties or more, schema ``TWICE``; the keys are let go."""
        if not self._keys:
            return pl.DataFrame(schema=TWICE)
        county, line = np.concatenate(self._county), np.concatenate(self._line)
        links = []
        for at in range(len(self._keys[0])):
            keys = np.concatenate([step[at] for step in self._keys])
            shared = _repeated(keys)
            rows = np.flatnonzero(np.isin(keys, shared)) if shared.size else np.zeros(0, dtype=np.int64)
            found = pl.DataFrame({"key": keys[rows], "row": rows, "county": county[rows]})
            links.append(found.filter(pl.col("county").n_unique().over("key") > 1).select("key", "row"))
        self._keys, self._county, self._line = [], [], []
        births = births_of(links)
        rows = births["row"].to_numpy()
        names = pl.Series(["", *self._counties])
        return births.select(
            "birth", county=names.gather(county[rows].astype(np.int64)), line=pl.Series(line[rows], dtype=pl.Int64)
        ).sort("birth", "line")


def own_id() -> pl.Expr:
    """A row's record id as the file has it, without the line that tells it from others."""
    return pl.col("record_id").str.strip_suffix(pl.concat_str(pl.lit("@"), pl.col("line").cast(pl.String)))


def told_apart(frame: pl.DataFrame, repeated: pl.Series) -> pl.DataFrame:
    """Rows with ids that come back told apart by their lines, ``id@line``, as when a file is read at once."""
    if repeated.is_empty():
        return frame
    again = own_id().hash(seed=0).is_in(repeated.implode()) & (pl.col("record_id") == own_id())
    return frame.with_columns(
        record_id=pl.when(again)
        .then(pl.concat_str("record_id", pl.lit("@"), pl.col("line").cast(pl.String)))
        .otherwise("record_id")
    )


def rows_of(register: pl.DataFrame, twice: pl.DataFrame) -> pl.DataFrame:
    """The rows of a county among those of births registered in two counties, schema ``expectations.run.TWICE``."""
    found = register.drop("birth", strict=False).join(twice.select("line", "birth"), on="line", maintain_order="left")
    return found.select(pl.col(name).cast(kind) for name, kind in FULL.items())


def summary(twice: pl.DataFrame) -> dict[str, object]:
    """What the record says of births registered in two counties: how many, and by county.

    ``counted_twice`` is what adding up the counties counts too much.
    """
    apart = twice.select("birth", "county").unique()
    births = apart["birth"].n_unique() if apart.height else 0
    by_county = apart.group_by("county").len("births").sort("county")
    return {"births": births, "counted_twice": apart.height - births, "counties": by_county.to_dicts()}


def _repeated(keys: Keys) -> Keys:
    """Keys other than 0 that stand there more than once."""
    ordered = np.sort(keys)
    same = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    repeated: Keys = same[same != 0]
    return repeated


def births_of(links: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows with the number of their birth: rows that share any key, directly or through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    every = pl.concat(links)
    if every.is_empty():
        return pl.DataFrame(schema={"row": pl.Int64(), "birth": pl.UInt32()})
    rows, row = np.unique(every["row"].to_numpy(), return_inverse=True)
    keys, key = np.unique(every["key"].to_numpy(), return_inverse=True)
    size = rows.size + keys.size
    graph = coo_array((np.ones(row.size, dtype=np.int8), (row.reshape(-1), rows.size + key.reshape(-1))), shape=(size, size))
    _, number = connected_components(graph, directed=False)
    return pl.DataFrame({"row": rows, "birth": number[: rows.size].astype(np.uint32)})
