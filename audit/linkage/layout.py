"""One births source as arrays of numbers: what linkage reads of it, packed, and nothing else.

Identity numbers are 15 hexadecimal nibbles (digits 3 to 17) in a UInt64, dates 8 nibbles in a UInt32, names four characters in a
UInt64: one wrong digit, two swapped ones, a dropped character are then shifts, exclusive ors and bit counts (``bits``).
"""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.linkage.names import U64, Sounds, is_placeholder, pack_text

U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Index = NDArray[np.int64]

UNKNOWN, VALID, INVALID = 0, 1, 2  # check digit

# Columns that linkage reads; the release key is made of them (DESIGN C3).
COLUMNS: Final = (
    "county", "area_code", "township", "village", "name", "sex", "birth_date", "id_number", "id_valid",
    "mother_name", "mother_id_number", "father_name",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one source, one array a field; 0 is missing everywhere.

    Attributes:
        id: digits 3 to 17 of the identity number as nibbles.
        id_check: its check digit: unknown, valid, invalid.
        date: date of birth, YYYYMMDD as nibbles.
        id_date: date of birth inside the identity number, as nibbles; not checked.
        sex: 1 male, 2 female.
        township, village: codes, the same in all sources linked together.
        name, mother, father: packed names; ``*_sound`` how they sound.
        placeholder: whether the child was not yet named.
        mother_id: digits 3 to 17 of the mother's number.
    """

    id: U64
    id_check: U8
    date: U32
    id_date: U32
    sex: U8
    township: U32
    village: U32
    name: U64
    mother: U64
    father: U64
    placeholder: NDArray[np.bool_]
    mother_id: U64
    name_sound: U64
    mother_sound: U64
    father_sound: U64

    def __len__(self) -> int:
        return int(self.date.size)

    def take(self, index: Index) -> "Rows":
        """The rows at these positions."""
        return Rows(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


class Part:
    """Some rows of a source, each field taken when it is asked for: a copy of all would cost a fifth of the memory."""

    def __init__(self, rows: Rows, index: Index) -> None:
        self._rows, self._index = rows, index

    def __len__(self) -> int:
        return int(self._index.size)

    def __getattr__(self, field: str) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self._rows, field)[self._index]
        return values


def concat(parts: list[Rows]) -> Rows:
    """Rows of several sources, one after the other."""
    return Rows(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Rows)})


def pack(frames: list[pl.DataFrame]) -> list[Rows]:
    """Pack sources that will be linked with each other, with one code space for places and sounds.

    Args:
        frames: frames with the columns ``COLUMNS`` of schema ``BIRTHS``.

    Returns:
        One ``Rows`` a frame, in order.
    """
    names = {column: [pack_text(frame[column]) for frame in frames] for column in ("name", "mother_name", "father_name")}
    every = [array for arrays in names.values() for array in arrays]
    sounds = Sounds(*every)
    plain = {column: [sounds.simplify(array) for array in arrays] for column, arrays in names.items()}
    return [_pack_one(frame, {column: arrays[k] for column, arrays in plain.items()}, sounds) for k, frame in enumerate(frames)]


def _pack_one(frame: pl.DataFrame, names: dict[str, U64], sounds: Sounds) -> Rows:
    township, village = _places(frame)
    number = pack_number(frame["id_number"])
    check = frame["id_valid"].cast(pl.Int8).fill_null(2).to_numpy()  # true 1, false 0, unknown 2
    return Rows(
        id=number,
        id_check=np.where(number == 0, UNKNOWN, np.array([INVALID, VALID, UNKNOWN], dtype=np.uint8)[check]).astype(np.uint8),
        date=pack_date(frame["birth_date"]),
        id_date=((number >> np.uint64(12)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        sex=frame["sex"].replace_strict({"male": 1, "female": 2}, default=0, return_dtype=pl.UInt8).to_numpy(),
        township=township,
        village=village,
        name=names["name"],
        mother=names["mother_name"],
        father=names["father_name"],
        placeholder=is_placeholder(names["name"]),
        mother_id=pack_number(frame["mother_id_number"]),
        name_sound=sounds.of(names["name"]),
        mother_sound=sounds.of(names["mother_name"]),
        father_sound=sounds.of(names["father_name"]),
    )


def pack_number(numbers: pl.Series) -> U64:
    """Digits 3 to 17 of 18-character identity numbers as nibbles; 0 for null and for what is not 17 digits."""
    return numbers.str.slice(2, 15).str.to_integer(base=16, dtype=pl.UInt64, strict=False).fill_null(0).to_numpy()


def pack_date(dates: pl.Series) -> U32:
    """Dates as eight nibbles, as 0x20210522; 0 for null."""
    parts = [getattr(dates.dt, part)().fill_null(0).to_numpy().astype(np.uint32) for part in ("year", "month", "day")]
    year, month, day = parts
    digits = [year // 1000, year // 100 % 10, year // 10 % 10, year % 10, month // 10, month % 10, day // 10, day % 10]
    packed = np.zeros(len(dates), dtype=np.uint32)
    for digit in digits:
        packed = (packed << np.uint32(4)) | digit
    return packed


def _places(frame: pl.DataFrame) -> tuple[U32, U32]:
    """Codes of township and of village within it: hashes, so that frames packed apart agree."""
    # A township the areas file does not know still tells places apart by its own spelling.
    town = pl.coalesce(pl.col("area_code"), pl.col("township"))
    village = pl.col("village")
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"):
        village = village.str.strip_suffix(ending)
    codes = frame.select(
        _code(town).alias("town"),
        pl.when(town.is_not_null()).then(_code(pl.concat_str(town, village, separator="/"))).alias("village"),
    )
    return codes["town"].fill_null(0).to_numpy(), codes["village"].fill_null(0).to_numpy()


def _code(text: pl.Expr) -> pl.Expr:
    # 32 bits: two of 10,000 villages fall together once in 80 registers, and then only look like one village.
    return pl.when(text.is_not_null()).then((text.hash(seed=0) % 4294967291).cast(pl.UInt32).clip(1))
