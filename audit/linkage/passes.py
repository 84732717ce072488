"""Blocking passes for births, chosen by what each finds that the others miss.

Names block by sound, so that homophones and variants do not matter; dates also by the one inside the number, so that one written
by the lunar calendar or with day and month swapped does not. Where a pass would have too many candidates its fallbacks add fields.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.layout import Rows
from audit.linkage.spec import Keys, Pass, mix


def named(rows: Rows) -> Keys:
    """How the child's name sounds; 0 for a child not yet named."""
    return np.where(rows.placeholder, np.uint64(0), rows.name_sound)


_FIELDS: Final[dict[str, Callable[[Rows], NDArray[Any]]]] = {
    "number": lambda rows: rows.id,
    "name": named,
    "any_name": lambda rows: rows.name_sound,
    "surname": lambda rows: rows.name_sound >> np.uint64(48),
    "mother": lambda rows: rows.mother_sound,
    "mother_id": lambda rows: rows.mother_id,
    "father": lambda rows: rows.father_sound,
    "date": lambda rows: rows.date,
    "number_date": lambda rows: rows.id_date,
    "year": lambda rows: rows.date >> np.uint32(16),
    "month": lambda rows: rows.date >> np.uint32(8),
    "sex": lambda rows: rows.sex,
    "township": lambda rows: rows.township,
    "village": lambda rows: rows.village,
}


def on(*fields: str, tighter: tuple[Pass, ...] = ()) -> Pass:
    """A pass on these fields, with its fallbacks."""
    return Pass("+".join(fields), lambda rows: mix(*(_FIELDS[field](rows) for field in fields)), tighter)


PASSES: Final = (
    on("number"),
    on("any_name", "date", tighter=(on("any_name", "date", "sex", "township"),)),
    on("mother_id", tighter=(on("mother_id", "year"),)),
    on("any_name", "mother", tighter=(on("any_name", "mother", "year"),)),
    on("mother", "date"),
    on("any_name", "number_date"),
    on("mother", "number_date"),
    on("mother", "village", tighter=(on("mother", "village", "year"),)),
    on("name", "village", tighter=(on("name", "village", "year"),)),
    on("date", "village"),
    on("father", "mother", tighter=(on("father", "mother", "year"),)),
    on("father", "date"),
    on("date", "surname", tighter=(on("date", "surname", "township"),)),
    on("date", "sex", "township", tighter=(on("date", "sex", "township", "surname"),)),
    on("village", tighter=(on("village", "year", "sex"), on("village", "surname", "year"), on("village", "surname", "month"))),
    on("name", tighter=(on("name", "year", "sex"), on("name", "township", "year"))),
    on("mother", tighter=(on("mother", "year", "sex"), on("mother", "township", "year"))),
)
