"""What linking is refused for (DESIGN C4, C6): too few rows to say anything honest about an office, or too many for the machine."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from audit import memory
from expectations.errors import HechaError, RefusedError, StageError
from expectations.tables import Source

LEAST_REFERENCE_ROWS: Final = 500
LEAST_REGISTERED: Final = 1_000
BYTES_A_ROW: Final = 600  # packed rows, keys, candidates and weights; measured, see docs/linkage-benchmarks.md


def check_memory(sources: Sequence[Source], available: int | None = None) -> None:
    """Refuse what the machine cannot hold, before memory runs out (which would end the process without a word).

    Raises:
        StageError: E-LINK-003.
    """
    available = memory.available() if available is None else available
    rows = sum(source.frame.height for source in sources)
    if available is not None and rows * BYTES_A_ROW > available:
        raise StageError("E-LINK-003", params={"needed_mb": rows * BYTES_A_ROW // 2**20, "available_mb": available // 2**20})


def refusal(sources: Sequence[Source], births: pl.Series, county: str, window: tuple[int, int]) -> HechaError | None:
    """Why a county cannot be linked, or none.

    Args:
        sources: the county's sources, the audited one first.
        births: birth index of the county's audited rows.
        county: its name, for the message.
        window: first and last birth year.
    """
    audited, *references = sources
    registered = births.filter(audited.frame.select(_usable(window)).to_series()).n_unique()
    if registered < LEAST_REGISTERED:
        return RefusedError("E-LINK-002", file=audited.intake.file, params={"county": county, "least": LEAST_REGISTERED})
    for source in references:
        if source.frame.select(_usable(window).sum()).item() < LEAST_REFERENCE_ROWS:
            # No count: how many rows a reference has in the window is nobody's business.
            return RefusedError("E-LINK-001", file=source.intake.file, params={"county": county, "least": LEAST_REFERENCE_ROWS})
    return None


def _usable(window: tuple[int, int]) -> pl.Expr:
    named = pl.any_horizontal(pl.col(name).is_not_null() for name in ("name", "id_number", "mother_name"))
    inside = pl.col("birth_date").dt.year().is_between(*window).fill_null(False)
    return inside & pl.col("area_code").is_not_null() & named
