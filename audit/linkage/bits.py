"""Distances between packed fields by shifts, exclusive ors and bit counts; every function takes arrays of equal length."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]
Flags = NDArray[np.bool_]

_ONES: Final = np.uint64(0x1111_1111_1111_1111)


def wrong_digits(a: U64, b: U64) -> NDArray[np.uint8]:
    """In how many nibbles two numbers differ."""
    x = a ^ b
    x |= x >> np.uint64(2)
    x |= x >> np.uint64(1)
    count: NDArray[np.uint8] = np.bitwise_count(x & _ONES)
    return count


def swapped_neighbours(a: U64, b: U64) -> Flags:
    """Whether two numbers differ by two neighbouring nibbles having changed places."""
    x = a ^ b
    x = np.where(x == 0, np.uint64(1), x)
    low = x & (~x + np.uint64(1))  # lowest differing bit; its position / 4 is the nibble
    shift = (np.bitwise_count(low - np.uint64(1)).astype(np.uint64) >> np.uint64(2)) << np.uint64(2)
    shift = np.minimum(shift, np.uint64(56))
    pair_a, pair_b = (a >> shift) & np.uint64(0xFF), (b >> shift) & np.uint64(0xFF)
    turned = ((pair_a & np.uint64(0xF)) << np.uint64(4)) | (pair_a >> np.uint64(4))
    swapped: Flags = (turned == pair_b) & ((x >> shift) < np.uint64(0x100)) & (a != b)
    return swapped


def day_month_swapped(a: U32, b: U32) -> Flags:
    """Whether two dates of one year differ by day and month having changed places."""
    same_year = (a >> np.uint32(16)) == (b >> np.uint32(16))
    month, day = (a >> np.uint32(8)) & np.uint32(0xFF), a & np.uint32(0xFF)
    swapped: Flags = same_year & (((day << np.uint32(8)) | month) == (b & np.uint32(0xFFFF))) & (a != b)
    return swapped


def ordinal(date: U32) -> NDArray[np.int32]:
    """Days since 1970-01-01 of dates held as nibbles; impossible days and months run on into the next."""
    digits = [((date >> np.uint32(4 * k)) & np.uint32(15)).astype(np.int32) for k in range(8)]
    year = digits[7] * 1000 + digits[6] * 100 + digits[5] * 10 + digits[4]
    month = digits[3] * 10 + digits[2]
    day = digits[1] * 10 + digits[0]
    # Civil calendar to days (Richards 2013): the year begins in March.
    early = month <= 2
    y, m = year - early, month + np.where(early, 9, -3)
    era_day = 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 1
    days: NDArray[np.int32] = (era_day - 719468).astype(np.int32)
    return days


def characters_shared_in_place(a: U64, b: U64) -> NDArray[np.uint8]:
    """In how many of the four places two packed names have the same character (or none)."""
    x = a ^ b
    same = np.zeros(a.shape, dtype=np.uint8)
    for shift in (0, 16, 32, 48):
        same += ((x >> np.uint64(shift)) & np.uint64(0xFFFF)) == 0
    return same


def dropped_character(a: U64, b: U64) -> Flags:
    """Whether one name is the other without one character, or with two neighbours changed places (up to three characters)."""
    return _lacks_one(a, b) | _lacks_one(b, a)


def _lacks_one(long: U64, short: U64) -> Flags:
    mask, hit = np.uint64(0xFFFF), np.zeros(long.shape, dtype=bool)
    character = [(long >> np.uint64(48 - 16 * k)) & mask for k in range(4)]
    for drop in range(4):
        kept = [c for k, c in enumerate(character) if k != drop]
        joined = (kept[0] << np.uint64(48)) | (kept[1] << np.uint64(32)) | (kept[2] << np.uint64(16))
        hit |= (joined == short) & (character[drop] != 0)
    lacks: Flags = hit & (short != 0)
    return lacks
