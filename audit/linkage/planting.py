"""Noisy copies of audited rows: what another source would say of the same birth, with the slips of a real pair of rows.

A copy takes each field's kind of slip from one donor, a pair of linked rows chosen at random: where the donor's second row lacks
the field, so does the copy; where it differs, the copy differs in the same way. Slips that occur together stay together.
"""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from audit.linkage import bits
from audit.linkage.births import date_levels, father_levels, mother_levels, name_levels, number_levels, place_levels
from audit.linkage.layout import INVALID, U32, VALID, Index, Rows
from audit.linkage.names import LOW48, U64
from audit.linkage.spec import Levels

_LAST = np.uint64(0xFFFF_0000)
_TOP = np.uint64(0xFFFF) << np.uint64(48)
_FULL: int = 15


def noisy_copies(whole: Rows, audited: Rows, other: Rows, donor: Index, donor_other: Index, rng: np.random.Generator) -> Rows:
    """Copies of audited rows.

    Args:
        whole: the rows to copy, gaps filled (``completed``).
        audited, other: the register and a reference.
        donor, donor_other: for each of them the linked rows that lend their slips.
        rng: draws what a slip does not determine.
    """
    copy = whole
    number = _numbers(audited, other, donor, donor_other, copy, rng)
    date = _dates(copy.date, date_levels(audited, other, donor, donor_other), audited.date[donor], other.date[donor_other], rng)
    name, name_sound, unnamed = _child(audited, other, copy, donor, donor_other)
    mother = _parent(
        copy.mother,
        copy.mother_sound,
        other.mother,
        other.mother_sound,
        mother_levels(audited, other, donor, donor_other),
        donor_other,
    )
    father = _parent(
        copy.father,
        copy.father_sound,
        other.father,
        other.father_sound,
        father_levels(audited, other, donor, donor_other),
        donor_other,
    )
    place = place_levels(audited, other, donor, donor_other)
    away = place == 3
    differs = (audited.sex[donor] != other.sex[donor_other]) & (audited.sex[donor] != 0)
    return replace(
        copy,
        id=number,
        id_check=np.where(number == copy.id, copy.id_check, np.where(number == 0, 0, INVALID)).astype(np.uint8),
        id_date=((number >> np.uint64(12)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        date=date,
        sex=np.where(other.sex[donor_other] == 0, 0, np.where(differs & (copy.sex > 0), 3 - copy.sex, copy.sex)).astype(np.uint8),
        township=np.where(other.township[donor_other] == 0, 0, np.where(away, other.township[donor_other], copy.township)).astype(
            np.uint32
        ),
        village=np.where(
            other.village[donor_other] == 0,
            0,
            np.where(away, other.village[donor_other], np.where(place == 2, copy.village ^ 1, copy.village)),
        ).astype(np.uint32),
        name=name,
        name_sound=name_sound,
        placeholder=unnamed,
        mother=mother[0],
        mother_sound=mother[1],
        father=father[0],
        father_sound=father[1],
        mother_id=_same_slips(copy.mother_id, audited.mother_id[donor], other.mother_id[donor_other], rng),
    )


def completed(rows: Rows, others: list[Rows], rng: np.random.Generator) -> Rows:
    """Rows with their gaps filled from other rows of the same births, in order; numbers nobody has are made up.

    Args:
        rows: rows of the register.
        others: rows of other sources of the same births, position by position; 0 where there is none.
        rng: draws numbers.
    """
    filled = {
        name: getattr(rows, name)
        for name in ("id", "name", "name_sound", "mother", "mother_sound", "father", "father_sound", "mother_id")
    }
    for other in others:
        filled = {name: np.where(values == 0, getattr(other, name), values) for name, values in filled.items()}
    made = _new_number(rows, rng)
    filled["id"] = np.where(filled["id"] == 0, made, filled["id"])
    check = np.where(rows.id == 0, VALID, rows.id_check).astype(np.uint8)
    return replace(
        rows, **filled, id_check=check, id_date=((filled["id"] >> np.uint64(12)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    )


def _numbers(a: Rows, b: Rows, donor: Index, donor_other: Index, copy: Rows, rng: np.random.Generator) -> U64:
    level = number_levels(a, b, donor, donor_other)
    spoilt = _same_slips(copy.id, a.id[donor], b.id[donor_other], rng)
    number = np.where((level == 2) | (level == 3), spoilt, np.where(level >= 4, _new_number(copy, rng), copy.id))
    return np.where(b.id[donor_other] == 0, np.uint64(0), number)


def _new_number(rows: Rows, rng: np.random.Generator) -> U64:
    """A number with the row's date of birth, area and serial at random."""
    area = rng.integers(0, 1 << 12, len(rows)).astype(np.uint64) & np.uint64(0x999)
    serial = rng.integers(0, 1 << 12, len(rows)).astype(np.uint64) & np.uint64(0x999)
    number: U64 = (area << np.uint64(44)) | (rows.date.astype(np.uint64) << np.uint64(12)) | serial
    return number


def _same_slips(values: U64, x: U64, y: U64, rng: np.random.Generator) -> U64:
    """Numbers changed in the digits in which x and y differ; missing where y is, kept where x is or they agree."""
    wrong = np.zeros(values.shape, dtype=np.uint64)
    differ = x ^ y
    for place in range(_FULL):
        shift = np.uint64(4 * place)
        hit = ((differ >> shift) & np.uint64(15)) != 0
        digit = (values >> shift) & np.uint64(15)
        other = (digit + rng.integers(1, 9, values.size).astype(np.uint64)) % np.uint64(10)
        wrong |= np.where(hit, digit ^ other, np.uint64(0)) << shift
    changed = np.where((x != 0) & (y != 0) & (values != 0), values ^ wrong, values)
    return np.where(y == 0, np.uint64(0), changed)


def _dates(date: U32, level: NDArray[np.uint8], x: U32, y: U32, rng: np.random.Generator) -> U32:
    days = bits.ordinal(y).astype(np.int64) - bits.ordinal(x)
    days = np.where(level == 3, rng.choice(np.array([-1, 1]), days.size), days)
    days = np.where((x == 0) | (x == y), 0, days)
    moved = _nibbles(bits.ordinal(date).astype(np.int64) + days)
    return np.where((y == 0) | (date == 0), 0, np.where(days == 0, date, moved)).astype(np.uint32)


def _nibbles(days: NDArray[np.int64]) -> U32:
    date = np.clip(days, -25_000, 60_000).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    number = (month.astype(np.int64) // 12 + 1970) * 10_000 + (month.astype(np.int64) % 12 + 1) * 100
    number = number + (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    packed = np.zeros(days.size, dtype=np.uint32)
    for place in range(8):
        packed |= (number // 10**place % 10).astype(np.uint32) << np.uint32(4 * place)
    return packed


def _child(a: Rows, b: Rows, copy: Rows, donor: Index, donor_other: Index) -> tuple[U64, U64, NDArray[np.bool_]]:
    """Name, its sound, and whether it is a placeholder."""
    unnamed = b.placeholder[donor_other]
    level = name_levels(a, b, donor, donor_other)
    y, y_sound = b.name[donor_other], b.name_sound[donor_other]
    name, sound = _changed(copy.name, copy.name_sound, y, y_sound, np.where(level >= 6, np.where(level == 8, 6, 1), level))
    # A placeholder in the donor's row, or in the copied one only: the child's surname with the donor's given name.
    borrowed = unnamed | copy.placeholder
    name = np.where(borrowed, (copy.name & _TOP) | (y & LOW48), name)
    sound = np.where(borrowed, (copy.name_sound & _TOP) | (y_sound & LOW48), sound)
    gone = (y == 0) | (copy.name == 0)
    return np.where(gone, np.uint64(0), name), np.where(gone, np.uint64(0), sound), unnamed & ~gone


def _parent(own: U64, own_sound: U64, theirs: U64, their_sound: U64, level: Levels, donor_other: Index) -> tuple[U64, U64]:
    y, y_sound = theirs[donor_other], their_sound[donor_other]
    name, sound = _changed(own, own_sound, y, y_sound, level)
    gone = (y == 0) | (own == 0)
    return np.where(gone, np.uint64(0), name), np.where(gone, np.uint64(0), sound)


def _changed(name: U64, sound: U64, y: U64, y_sound: U64, level: NDArray[np.uint8]) -> tuple[U64, U64]:
    """Names changed as levels 1 to 6 of a name say, with characters of y where new ones are needed."""
    name, sound = name.copy(), sound.copy()
    name[level == 2] ^= np.uint64(1) << np.uint64(32)  # another character, the same sound
    long = (name & _LAST) != 0
    part = level == 3
    for packed, other in ((name, y), (sound, y_sound)):
        third = np.where(long, other & _LAST, (packed & (np.uint64(0xFFFF) << np.uint64(32))) >> np.uint64(16))
        packed[part] = (packed[part] & ~_LAST) | third[part]
        packed[level == 4] = (packed[level == 4] & LOW48) | (other[level == 4] & _TOP)
        packed[level == 5] = (packed[level == 5] & _TOP) | (other[level == 5] & LOW48)
        packed[level == 6] = other[level == 6]
    return name, sound


def impossible_years(rows: Rows, years: int) -> Rows:
    """The rows with every date, those inside numbers too, moved back by many years: births that cannot be in the register."""
    date = _years_back(rows.date, years)
    inside = _years_back(rows.id_date, years)
    mask = np.uint64(0xFFFFFFFF) << np.uint64(12)
    number = np.where(rows.id == 0, np.uint64(0), (rows.id & ~mask) | (inside.astype(np.uint64) << np.uint64(12)))
    return replace(rows, date=date, id_date=inside, id=number)


def blanked(rows: Rows, which: NDArray[np.bool_]) -> Rows:
    """The rows with those that are flagged empty, so that nothing can be linked to them."""
    return Rows(**{field.name: getattr(rows, field.name) * ~which for field in fields(Rows)})


def _years_back(date: U32, years: int) -> U32:
    year = sum(((date >> np.uint32(16 + 4 * k)) & np.uint32(15)).astype(np.int64) * 10**k for k in range(4)) - years
    packed = date & np.uint32(0xFFFF)
    for place in range(4):
        packed = packed | ((np.maximum(year, 0) // 10**place % 10).astype(np.uint32) << np.uint32(16 + 4 * place))
    return np.where(date == 0, 0, packed).astype(np.uint32)
