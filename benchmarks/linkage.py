"""Link two Parquet files, or one with itself, and say how right and how fast.

    python benchmarks/linkage.py LEFT.parquet [RIGHT.parquet] --truth COLUMN

The files have the fields of a births source as text, under hecha's names or any header it recognises. Links are one-to-one at
hecha's own threshold; within one file rows of one birth are pairs. The last line is JSON: precision, recall and F1 of the pairs
against COLUMN, seconds from opening the files to the finished links (imports left out), peak memory of the process. Only rates are
printed: no row, no link.
"""

import argparse
import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# One arena for both threads: the peak is what is needed, not what an arena of each keeps.
if hasattr(_C := ctypes.CDLL(None), "mallopt"):
    _C.mallopt(-8, 1)  # M_ARENA_MAX

import numpy as np
import polars as pl
from numpy.typing import NDArray

os.environ["PYPINYIN_NO_PHRASES"] = "1"  # as audit.linkage does
sys.path.insert(0, str(Path(__file__).parents[1]))  # run from a checkout

import pypinyin  # noqa: F401  imported here so that its import is not timed

from audit.ingest.columns import read_column
from audit.ingest.identity import CHECKS, WEIGHTS
from audit.linkage.assign import one_to_one
from audit.linkage.duplicates import LIKELY, group, pairs_within
from audit.linkage.layout import INVALID, UNKNOWN, VALID, Rows, pack_date
from audit.linkage.names import Sounds, is_placeholder, pack_text
from audit.linkage.pairing import pair
from audit.linkage.spec import mix
from expectations.fields import BIRTH_FIELDS, EMPTY_NAMES, EMPTY_WORDS

DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0], dtype=np.uint8)  # the 29th of February is looked at
AT_ONCE, SLICE = 1 << 19, 1 << 17  # rows of a column read at once, packed at once
ENDINGS = ("村民委员会", "居民委员会", "村委会", "居委会", "社区", "人民政府", "政府", "街道办事处", "办事处", "街道")
LAST = np.array([ord(character) for character in "镇乡村"], dtype=np.uint64)
Array = NDArray[Any]
_CHECK = np.frombuffer(CHECKS.encode(), dtype=np.uint8)
_EMPTY = np.unique(pack_text(pl.Series([word for word in (*EMPTY_WORDS, *EMPTY_NAMES) if len(word) <= 4])))


def headers(path: Path) -> dict[str, str]:
    """Fields a file has, and the header of each."""
    names = pl.read_parquet_schema(path)
    known = {alias.replace(" ", "").lower(): field.name for field in BIRTH_FIELDS for alias in (field.name, *field.aliases)}
    found: dict[str, str] = {}
    for header in names:
        field = known.get(header.replace(" ", "").lower())
        if field and field not in found:
            found[field] = header
    return found


def read(path: Path) -> dict[str, Array]:
    """Pack one file column by column, so that the text of one column at a time is in memory."""
    have = headers(path)
    height = pl.scan_parquet(path).select(pl.len()).collect().item()

    def packed(field: str, pack: Callable[[pl.Series], Array], dtype: Any) -> Array:
        out = np.zeros(height, dtype=dtype)
        if field not in have:
            return out
        text = pl.scan_parquet(path).select(have[field])
        for part in range(0, height, AT_ONCE):
            column = as_text(text.slice(part, AT_ONCE).collect().to_series())
            for start in range(part, part + len(column), SLICE):
                out[start : start + SLICE] = pack(column.slice(start - part, SLICE))
        return out

    number = packed("id_number", numbers, [("id", np.uint64), ("check", np.uint8)])
    town, village = packed("township", places, np.uint64), packed("village", places, np.uint64)
    return {
        "id": np.ascontiguousarray(number["id"]),
        "id_check": np.ascontiguousarray(number["check"]),
        "date": packed("birth_date", dates, np.uint32),
        "sex": packed("sex", sexes, np.uint8),
        "township": code(town),
        "village": code(town, village),
        "name": packed("name", names, np.uint64),
        "mother": packed("mother_name", names, np.uint64),
        "father": packed("father_name", names, np.uint64),
        "mother_id": packed("mother_id_number", lambda column: numbers(column)["id"], np.uint64),
    }


def as_text(column: pl.Series) -> pl.Series:
    """A column as text, whatever type it has; dates and times stay as they are."""
    if column.dtype.is_float():
        column = column.fill_nan(None).cast(pl.Int64, strict=False)  # 20210522.0 and 1.0: whole numbers that once met a null
    return column if column.dtype.is_temporal() or column.dtype == pl.String else column.cast(pl.String, strict=False)


def mended(column: pl.Series, odd: Array, kind: str) -> pl.Series:
    """The odd cells of a column, read as any source's cells are."""
    return read_column(column.gather(np.flatnonzero(odd)).cast(pl.String), kind).values


def numbers(column: pl.Series) -> Array:
    """Identity numbers: digits 3 to 17 as nibbles, and what the check digit says."""
    out = np.zeros(len(column), dtype=[("id", np.uint64), ("check", np.uint8)])
    plain = (column.str.len_bytes() == 18).fill_null(False).to_numpy()
    index = np.flatnonzero(plain)
    cells = np.frombuffer(column.filter(pl.Series(plain)).str.join("").item().encode(), dtype=np.uint8).reshape(-1, 18)
    ids, check, good = digits(cells)
    out["id"][index], out["check"][index] = np.where(good, ids, 0), np.where(good, check, UNKNOWN)
    odd = column.is_not_null().to_numpy().copy()
    odd[index[good]] = False
    if odd.any():
        text = mended(column, odd, "id")
        whole = text.is_not_null().to_numpy()
        short = (column.gather(np.flatnonzero(odd)).cast(pl.String).str.count_matches(r"[0-9]") <= 15).fill_null(True).to_numpy()
        if whole.any():
            cells = np.frombuffer(text.drop_nulls().str.join("").item().encode(), dtype=np.uint8).reshape(-1, 18)
            ids, check, _ = digits(cells)
            at = np.flatnonzero(odd)[whole]
            out["id"][at], out["check"][at] = ids, np.where(short[whole], UNKNOWN, check)
    return out


def digits(cells: NDArray[np.uint8]) -> tuple[Array, Array, Array]:
    """Nibbles, check and form of numbers given as 18 bytes each."""
    values = np.ascontiguousarray(cells.T) - np.uint8(48)  # one digit of all numbers after the other
    good = (values[:17].max(axis=0) <= 9) & ((values[17] <= 9) | (values[17] == 40))
    total = np.zeros(cells.shape[0], dtype=np.uint16)
    packed = np.zeros(cells.shape[0], dtype=np.uint64)
    for place, weight in enumerate(WEIGHTS):
        total += values[place].astype(np.uint16) * np.uint16(weight)
        if place >= 2:
            packed = (packed << np.uint64(4)) | values[place]
    right = _CHECK[total % 11] == values[17] + np.uint8(48)
    return packed, np.where(right, VALID, INVALID).astype(np.uint8), good


def dates(column: pl.Series) -> Array:
    """Dates as nibbles."""
    if column.dtype.is_temporal():
        return pack_date(column.cast(pl.Date))
    out = np.zeros(len(column), dtype=np.uint32)
    odd = column.is_not_null().to_numpy().copy()
    for length, places_ in ((10, (0, 1, 2, 3, 5, 6, 8, 9)), (8, range(8))):
        plain = (column.str.len_bytes() == length).fill_null(False).to_numpy()
        cells = np.frombuffer(column.filter(pl.Series(plain)).str.join("").item().encode(), dtype=np.uint8).reshape(-1, length)
        values = np.ascontiguousarray(cells[:, list(places_)].T) - np.uint8(48)
        month, day = values[4] * 10 + values[5], values[6] * 10 + values[7]
        good = (values.max(axis=0) <= 9) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= DAYS[np.minimum(month, 13)])
        if length == 10:
            good &= (cells[:, 4] == 45) & (cells[:, 7] == 45)
        packed = np.zeros(cells.shape[0], dtype=np.uint32)
        for place in range(8):
            packed = (packed << np.uint32(4)) | values[place]
        index = np.flatnonzero(plain)[good]
        out[index], odd[index] = packed[good], False
    if odd.any():
        out[odd] = pack_date(mended(column, odd, "date"))
    return out


def sexes(column: pl.Series) -> Array:
    """1 male, 2 female."""
    column = column.cast(pl.String)
    out = ((column == "男").fill_null(False).to_numpy() * 1 + (column == "女").fill_null(False).to_numpy() * 2).astype(np.uint8)
    odd = column.is_not_null().to_numpy() & (out == 0)
    if odd.any():
        read = mended(column, odd, "sex")
        out[odd] = (read == "male").fill_null(False).to_numpy() * 1 + (read == "female").fill_null(False).to_numpy() * 2
    return out


def names(column: pl.Series) -> Array:
    """Packed names; cells with anything but Han characters, or that stand for nothing, are read as any source's cells are."""
    out = pack_text(column)
    odd = unusual(out, column)
    odd |= _EMPTY[np.minimum(np.searchsorted(_EMPTY, out), _EMPTY.size - 1)] == out
    odd &= out != 0
    if odd.any():
        out[odd] = pack_text(mended(column, odd, "name"))
    return out


def places(column: pl.Series) -> Array:
    """Packed names of places without what they are called besides: 东华镇, 东华 and 东华镇政府 are one."""
    out = pack_text(column)
    odd = (column.str.len_chars() > 4).fill_null(False).to_numpy() | unusual(out, column)
    if odd.any():
        text = column.gather(np.flatnonzero(odd)).cast(pl.String).str.strip_chars()
        for ending in ENDINGS:
            text = text.str.strip_suffix(ending)
        out[odd] = pack_text(text)
    for shift in (0, 16, 32):
        last = (out >> np.uint64(shift)) & np.uint64(0xFFFF)
        ends = (last == LAST[0]) | (last == LAST[1]) | (last == LAST[2])
        ends &= (out & np.uint64((1 << shift) - 1)) == 0
        out[ends] &= ~(np.uint64(0xFFFF) << np.uint64(shift))
    return out


def unusual(packed: Array, column: pl.Series) -> Array:
    """Whether a packed text has other characters than Han."""
    every = np.frombuffer(column.drop_nulls().str.join("").item().encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if not every.size or (every.min() >= 0x4E00 and every.max() <= 0x9FFF):  # nearly always
        return np.zeros(packed.size, dtype=bool)
    units = packed.view(np.uint16).reshape(-1, 4)
    return (((units < 0x4E00) | (units > 0x9FFF)) & (units != 0)).any(axis=1)


def code(*parts: Array) -> Array:
    """One number, never 0, of what is there in all parts."""
    key = mix(*parts)
    return np.where(key == 0, 0, (key >> np.uint64(32)).astype(np.uint32) | np.uint32(1)).astype(np.uint32)


class Heard:
    """How names sound, found when it is asked for: nine rows of ten are linked before anybody asks."""

    def __init__(self, names: Array, sounds: Sounds) -> None:
        self._names, self._sounds = names, sounds

    def __getitem__(self, index: Any) -> Array:
        return self._sounds.of(self._names[index])


def rows(fields: dict[str, Array], sounds: Sounds, later: bool = False) -> Rows:
    """A file as the linker wants it."""
    plain = {name: sounds.simplify(fields.pop(name)) for name in ("name", "mother", "father")}
    return Rows(
        **fields,
        **plain,
        id_date=((fields["id"] >> np.uint64(12)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        placeholder=is_placeholder(plain["name"]),
        **{f"{name}_sound": Heard(values, sounds) if later else sounds.of(values) for name, values in plain.items()},
    )


def link(left: Path, right: Path | None) -> tuple[Array, Array]:
    """Links as positions of rows."""
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(read, [path for path in (left, right) if path]))
    sounds = Sounds(*(fields[name] for fields in files for name in ("name", "mother", "father")))
    packed = [rows(fields, sounds, later=right is not None) for fields in files]
    if right:
        pairs = pair(packed[0], packed[1])
        chosen = np.ones(pairs.i.size, dtype=bool)  # sure pairs share no row with each other or with the rest
        chosen[pairs.n_sure :] = one_to_one(pairs.i[pairs.n_sure :], pairs.j[pairs.n_sure :], pairs.weight[pairs.n_sure :])
        return pairs.i[chosen], pairs.j[chosen]
    found = pairs_within(packed[0])
    birth = group(len(packed[0]), found.i, found.j, found.weight, LIKELY)
    order = np.argsort(birth, kind="stable")
    return within_groups(birth[order], order)


def within_groups(sorted_groups: Array, order: Array) -> tuple[Array, Array]:
    """All pairs of positions of one group."""
    i, j = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    step = 1
    while True:
        same = (
            np.flatnonzero(sorted_groups[step:] == sorted_groups[:-step])
            if step < sorted_groups.size
            else np.zeros(0, dtype=np.int64)
        )
        if not same.size:
            return np.concatenate(i), np.concatenate(j)
        i.append(order[same])
        j.append(order[same + step])
        step += 1


def peak_mb() -> float:
    """Peak resident memory of this process; ``getrusage`` would count what the process that started it had."""
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(status.split()[0]) / 1024


def score(i: Array, j: Array, left: Path, right: Path | None, column: str) -> dict[str, float]:
    """Rates of the links against the truth."""
    a = pl.read_parquet(left, columns=[column]).to_series()
    b = pl.read_parquet(right, columns=[column]).to_series() if right else a
    hit = (a.gather(i) == b.gather(j)).fill_null(False)
    if right:
        wanted = a.drop_nulls().unique().is_in(b.drop_nulls().unique().implode()).sum()
        found = a.gather(i).filter(hit).n_unique()
    else:
        n = a.drop_nulls().value_counts()["count"].cast(pl.Int64)
        wanted, found = (n * (n - 1) // 2).sum(), hit.sum()
    precision = hit.sum() / len(i) if len(i) else 1.0  # nothing said is nothing wrong, and of nothing nothing is missed
    recall = found / wanted if wanted else 1.0
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-12)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path, nargs="?")
    parser.add_argument("--truth", required=True)
    given = parser.parse_args()
    start = time.perf_counter()
    i, j = link(given.left, given.right)
    seconds = time.perf_counter() - start
    peak = peak_mb()
    rates = score(i, j, given.left, given.right, given.truth)
    print(json.dumps({**{k: round(v, 6) for k, v in rates.items()}, "seconds": round(seconds, 3), "peak_mb": round(peak, 1)}))


if __name__ == "__main__":
    main()
