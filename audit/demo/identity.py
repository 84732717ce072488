"""Identity numbers: made whole, and spoilt the way pens and keyboards spoil them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = np.array(list("10X98765432"), dtype=object)

# Nobody's areas: no real county's code begins with 69.
COUNTY_CODE: Final = 690521
NEIGHBOURS: Final = np.array([690522, 690523, 690321])


def check_character(body: NDArray[np.int64]) -> NDArray[Any]:
    """The 18th character of numbers given by their first 17 digits (ISO 7064, MOD 11-2; GB 11643-1999).

    >>> check_character(np.array([69012120250711040]))
    array(['3'], dtype=object)
    """
    total = np.zeros(body.shape, dtype=np.int64)
    rest = body.copy()
    for weight in reversed(_WEIGHTS):
        total += weight * (rest % 10)
        rest //= 10
    return np.asarray(_CHECK[total % 11], dtype=object)


def identity_numbers(
    area: NDArray[np.int64], days: NDArray[np.int64], male: NDArray[np.bool_], serial: NDArray[np.int64]
) -> NDArray[Any]:
    """Valid 18-character numbers.

    Args:
        area: six-digit codes.
        days: days of birth since 1970-01-01.
        male: odd 17th digit.
        serial: 0 to 499, the rest of digits 15 to 17.
    """
    body = area * 10**11 + compact(days) * 1000 + (serial % 500) * 2 + male
    heads = np.array(body.astype(str).tolist(), dtype=object)
    return np.asarray(heads + check_character(body), dtype=object)


def compact(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days since 1970-01-01 as the number yyyymmdd."""
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    number: NDArray[np.int64] = (
        year * 10000 + (month.astype(np.int64) % 12 + 1) * 100 + (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    )
    return number


def serials(days: NDArray[np.int64], male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Serials under which no two births of a day and sex share a number, as long as there are at most 500 of them."""
    order = np.lexsort((rng.random(days.size), male, days))
    key = days[order] * 2 + male[order]
    first = np.r_[True, key[1:] != key[:-1]]
    rank = np.arange(key.size) - np.maximum.accumulate(np.where(first, np.arange(key.size), 0))
    # 173 and 500 share no factor, so the steps visit every serial once before any comes back.
    result = np.empty(days.size, dtype=np.int64)
    result[order] = (key * 71 + rank * 173) % 500
    return result


def one_digit_off(number: str, rng: np.random.Generator) -> str:
    """One of the digits 7 to 17 mistyped; the check character stays."""
    at = int(rng.integers(6, min(17, len(number) - 1)))
    wrong = (int(number[at]) + int(rng.integers(1, 10))) % 10
    return f"{number[:at]}{wrong}{number[at + 1 :]}"


def two_digits_swapped(number: str, rng: np.random.Generator) -> str:
    """Two neighbouring digits of 7 to 17 swapped."""
    at = int(rng.integers(6, min(16, len(number) - 2)))
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def fifteen(number: str) -> str:
    """The 15-digit form in use until 1999: no century, no check character.

    >>> fifteen("690121197508283423")
    '690121750828342'
    """
    return number[:6] + number[8:17]
