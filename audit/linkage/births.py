"""The specification for births: how two rows are compared, field by field."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage import bits
from audit.linkage.layout import VALID, Rows
from audit.linkage.names import LOW32, LOW48, is_one_of_several, surname
from audit.linkage.passes import PASSES
from audit.linkage.relatives import twins_and_siblings, twins_and_siblings_within
from audit.linkage.spec import Comparison, Index, Keys, Levels, Spec, Term, mix

NUMBER: Final = ("missing", "exact", "typo", "blurred", "another_child", "other")
DATE: Final = ("missing", "exact", "by_number", "slip", "lunar", "other_year", "near", "other")
NAME: Final = (
    "missing", "exact", "homophone", "part", "surname_differs", "surname_only", "placeholder", "placeholder_other", "other",
    "placeholder_same", "one_of_several",
)  # fmt: skip
PARENT: Final = ("missing", "exact", "homophone", "part", "surname_differs", "surname_only", "other")
SEX: Final = ("missing", "same", "differs")
PLACE: Final = ("missing", "village", "township", "elsewhere")
PARENT_ID: Final = ("missing", "exact", "typo", "other")


def number_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """Identity numbers, with what the check digits say: a wrong digit spoils one of them, another child has both right."""
    x, y = a.id[i], b.id[j]
    wrong = bits.wrong_digits(x, y)
    both_valid = (a.id_check[i] == VALID) & (b.id_check[j] == VALID)
    same_birthday = a.id_date[i] == b.id_date[j]
    level = np.full(i.size, 5, dtype=np.uint8)
    level[both_valid & same_birthday & (wrong <= 3)] = 4
    level[~both_valid & (wrong <= 4)] = 3
    level[~both_valid & (wrong == 1)] = 2
    two = np.flatnonzero(~both_valid & (wrong == 2))
    level[two[bits.swapped_neighbours(x[two], y[two])]] = 2
    level[wrong == 0] = 1
    level[(x == 0) | (y == 0)] = 0
    return level


def date_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """Dates of birth, each row's own and the one inside its number."""
    x, y = a.date[i], b.date[j]
    every: Levels = (x != 0).astype(np.uint8)  # of equal dates
    rest = np.flatnonzero(x != y)
    i, j, x, y = i[rest], j[rest], x[rest], y[rest]
    in_x, in_y = a.id_date[i], b.id_date[j]
    wrong = bits.wrong_digits(x.astype(np.uint64), y.astype(np.uint64))
    days = np.abs(bits.ordinal(x) - bits.ordinal(y))
    level = np.full(rest.size, 7, dtype=np.uint8)
    level[days <= 10] = 6
    level[(x & np.uint32(0xFFFF)) == (y & np.uint32(0xFFFF))] = 5
    level[(days >= 18) & (days <= 52)] = 4
    level[(wrong == 1) | (days <= 1) | bits.day_month_swapped(x, y)] = 3
    level[(x == 0) | (y == 0)] = 0
    level[((x == in_y) | (in_x == y) | (in_x == in_y)) & ((in_x != 0) | (in_y != 0))] = 2
    every[rest] = level
    return every


def number_and_date(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """Number and date as one field: they are anything but independent."""
    return number_levels(a, b, i, j) * np.uint8(len(DATE)) + date_levels(a, b, i, j)


def name_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """The child's name."""
    x, y = a.name[i], b.name[j]
    same_surname = (surname(a.name_sound[i]) == surname(b.name_sound[j])) & (surname(x) != 0)
    level = _compare_names(x, y, a.name_sound[i], b.name_sound[j], 8)
    unnamed = a.placeholder[i] | b.placeholder[j]
    level[unnamed] = np.where(same_surname[unnamed], 6, 7)
    some = np.flatnonzero(unnamed)
    level[some[is_one_of_several(x[some]) | is_one_of_several(y[some])]] = 10
    level[a.placeholder[i] & b.placeholder[j] & (x == y)] = 9
    level[(x == 0) | (y == 0)] = 0
    return level


def mother_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """The mother's name."""
    return _parent_levels(a.mother, b.mother, a.mother_sound, b.mother_sound, i, j)


def father_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """The father's name; an equal surname alone says nothing that the child's did not say."""
    level = _parent_levels(a.father, b.father, a.father_sound, b.father_sound, i, j)
    level[level == 5] = 6
    return level


def _parent_levels(a: Keys, b: Keys, a_sound: Keys, b_sound: Keys, i: Index, j: Index) -> Levels:
    x, y = a[i], b[j]
    level = _compare_names(x, y, a_sound[i], b_sound[j], 6)
    level[(x == 0) | (y == 0)] = 0
    return level


def _compare_names(x: Keys, y: Keys, x_sound: Keys, y_sound: Keys, other: int) -> Levels:
    level = np.full(x.shape, other, dtype=np.uint8)
    level[x == y] = 1
    differ = x_sound ^ y_sound
    alike = ((differ >> np.uint64(48)) == 0) | ((differ & LOW48) == 0)  # by surname or by given name: one pair of thirty
    rest = np.flatnonzero((x != y) & alike)
    p, q = x_sound[rest], y_sound[rest]
    found = np.full(rest.size, 5, dtype=np.uint8)
    same_surname = surname(p) == surname(q)
    found[~same_surname] = np.where((p[~same_surname] & LOW48) != 0, 4, other)
    long_enough = ((p | q) & np.uint64(0xFFFF_0000)) != 0  # three characters in one of them
    found[same_surname & long_enough & ((bits.characters_shared_in_place(p, q) == 3) | bits.dropped_character(p, q))] = 3
    # 王小明 and 王明小: the two characters of the given name have changed places.
    (p1, p2), (q1, q2) = (((sound & LOW48) >> np.uint64(32), (sound & LOW32) >> np.uint64(16)) for sound in (p, q))
    found[same_surname & (p1 == q2) & (p2 == q1) & (p2 != 0)] = 2
    found[p == q] = 2
    level[rest] = found
    return level


def sex_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """Sex."""
    x, y = a.sex[i], b.sex[j]
    return np.where((x == 0) | (y == 0), 0, np.where(x == y, 1, 2)).astype(np.uint8)


def place_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """Village, else township."""
    level = np.full(i.size, 3, dtype=np.uint8)
    level[a.township[i] == b.township[j]] = 2
    level[(a.village[i] == b.village[j]) & (a.village[i] != 0)] = 1
    level[(a.township[i] == 0) | (b.township[j] == 0)] = 0
    return level


def mother_id_levels(a: Rows, b: Rows, i: Index, j: Index) -> Levels:
    """The mother's identity number."""
    x, y = a.mother_id[i], b.mother_id[j]
    level = np.full(i.size, 3, dtype=np.uint8)
    level[bits.wrong_digits(x, y) <= 2] = 2
    level[x == y] = 1
    level[(x == 0) | (y == 0)] = 0
    return level


def _joint(number: tuple[float, ...], date: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(n * d for n in number for d in date)


# Numbers and dates missing on one side are levels of their own here (a date says more when there is no number), so each
# marginal's first entry stands for itself.
_NUMBER_START: Final = (1.0, 0.90, 0.06, 0.03, 0.002, 0.008)
_NUMBER_RARE: Final = (1.0, 1e-7, 1e-6, 1e-5, 1e-4, 1.0)
_DATE_START: Final = (1.0, 0.88, 0.04, 0.04, 0.02, 0.005, 0.005, 0.01)
_DATE_RARE: Final = (1.0, 4e-4, 4e-4, 5e-3, 2e-2, 3e-3, 6e-3, 1.0)

COMPARISONS: Final = (
    Comparison(
        "number_and_date",
        tuple(f"{number}/{date}" for number in NUMBER for date in DATE),
        number_and_date,
        _joint(_NUMBER_START, _DATE_START),
        _joint(_NUMBER_RARE, _DATE_RARE),
        groups=tuple(2 * (number > 0) + (date > 0) for number in range(len(NUMBER)) for date in range(len(DATE))),
        # Of two numbers nine of ten are equal but for slips; where there are none, half of the dates are equal.
        # Hardly any date has nothing to do with the other: children of one mother who bear one name would look like that.
        least=(
            (0.9, tuple(n * len(DATE) + d for n in (1, 2, 3) for d in range(1, len(DATE)))),
            (0.99, tuple(n * len(DATE) + d for n in range(1, len(NUMBER)) for d in range(1, len(DATE) - 1))),
            (0.5, (1,)),
            (0.99, tuple(range(1, len(DATE) - 1))),
        ),
    ),
    Comparison(
        "name",
        NAME,
        name_levels,
        (0, 0.80, 0.04, 0.06, 0.03, 0.01, 0.04, 0.005, 0.005, 0.008, 0.002),
        (0, 1e-4, 1e-4, 1e-3, 1e-3, 0.03, 0.01, 0.05, 1, 1e-3, 1e-2),
        least=((0.9, (1, 2, 3, 4, 6, 7, 9, 10)),),
    ),
    Comparison("mother", PARENT, mother_levels, (0, 0.84, 0.04, 0.05, 0.03, 0.01, 0.03), (0, 1e-4, 1e-4, 1e-3, 1e-3, 0.03, 1)),
    Comparison("father", PARENT, father_levels, (0, 0.90, 0.02, 0.03, 0.02, 1e-9, 0.03), (0, 1e-4, 1e-4, 1e-3, 1e-3, 1e-9, 1)),
    Comparison("sex", SEX, sex_levels, (0, 0.975, 0.025), (0, 0.5, 0.5), least=((0.9, (1,)),)),
    Comparison("place", PLACE, place_levels, (0, 0.96, 0.015, 0.025), (0, 0.01, 0.08, 1)),
    Comparison("mother_id", PARENT_ID, mother_id_levels, (0, 0.93, 0.05, 0.02), (0, 1e-6, 1e-5, 1)),
)


def same_mother(a: Rows, b: Rows, i: Index, j: Index) -> NDArray[np.bool_]:
    """Whether two rows name the same mother, by name or by number."""
    by_name = (a.mother_sound[i] == b.mother_sound[j]) & (a.mother_sound[i] != 0)
    same: NDArray[np.bool_] = by_name | ((a.mother_id[i] == b.mother_id[j]) & (a.mother_id[i] != 0))
    return same


def _or_none(values: NDArray[np.unsignedinteger[Any]]) -> Keys:
    return values.astype(np.uint64) + np.uint64(1)  # missing is a value like others: a key without it would be none


# A mother's name counts once a village, or families of many children would make it look common.
TERMS: Final = (
    Term(
        "name",
        lambda r: np.where(r.placeholder, np.uint64(0), r.name),
        lambda r: mix(_or_none(r.name), _or_none(r.date), _or_none(r.mother)),
    ),
    Term("mother", lambda r: r.mother, lambda r: mix(r.mother, _or_none(r.village)), shared=True),
    Term("father", lambda r: r.father, lambda r: mix(r.father, _or_none(r.village)), shared=True),
)


def content(rows: Rows) -> Keys:
    """A number for all that is in each row."""
    return mix(
        *(_or_none(getattr(rows, name)) for name in ("id", "name", "date", "mother", "mother_id", "father", "village", "sex"))
    )


BIRTHS: Final = Spec(
    COMPARISONS, PASSES, lambda r: mix(r.date), ("number_and_date",), same_mother, twins_and_siblings, TERMS, content
)
WITHIN: Final = replace(BIRTHS, relatives=twins_and_siblings_within)  # the same within one source
