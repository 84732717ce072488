"""How soon births are registered, by township and year of birth, corrected for what the extract cannot show yet."""

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from detectors.estimates.registered import first_rows
from detectors.statistics.delay import DelayCurve, overdispersion, reverse_time, ultimate
from expectations.frames import conform, empty

# Days at which the curve is given: weeks, months, then years.
GRID: Final = (0, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1460, 1825, 2555)
OWN_CURVE: Final = 100  # births a township needs for a curve of its own; below, the county's is used


def timeliness(
    audited: pl.DataFrame, areas: pl.DataFrame, window: tuple[int, int], timely_days: int, reference_date: dt.date | None
) -> pl.DataFrame:
    """Timeliness per township and birth year, schema ``timeliness``.

    Shares are of all births that will in the end be registered (``ultimate``), not of those registered so far. A share whose
    days have not passed yet for the whole year of birth is null, and so is the rest of ``cdf``; what is left never falls.

    Args:
        audited: rows with ``birth``.
        areas: townships, schema ``AREAS``.
        window: first and last birth year.
        timely_days: the campaign's target, days.
        reference_date: end of the extract; none when no date could be read, and then nothing but ``registered`` is said.
    """
    births = first_registrations(audited, window)
    curves = delay_curves(births, reference_date)
    registered = {(code, year): n for code, year, n in births.group_by("area_code", "birth_year").len().iter_rows()}
    placed = delays_of(births, reference_date)
    phis = {code: _phi(part) for (code,), part in placed.partition_by("area_code", as_dict=True).items()}
    n_placed = dict(placed.group_by("area_code").len().iter_rows())
    whole = _phi(placed)
    delays = placed.partition_by("area_code", "birth_year", as_dict=True)
    rows = []
    for county, area_code, township in areas.select("county", "area_code", "township").iter_rows():
        curve = curves.get(area_code)
        for year in range(window[0], window[1] + 1):
            n = registered.get((area_code, year), 0)
            part = delays.get((area_code, year), pl.DataFrame({"delay": []}))
            phi = phis.get(area_code, 1.0) if n_placed.get(area_code, 0) >= OWN_CURVE else whole
            said = _year(year, n, part["delay"].to_numpy(), curve, phi, timely_days, reference_date)
            rows.append(
                {"county": county, "area_code": area_code, "township": township, "birth_year": year, "registered": n, **said}
            )
    if not rows:
        return empty("timeliness")
    return conform(pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"cdf": pl.List(pl.Float64)}), "timeliness")


def first_registrations(audited: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """One row per birth: ``area_code``, ``birth_date``, ``birth_year``, ``registered_on`` of its earliest registration.

    Births outside the window, and rows without township or date of birth, are left out.
    """
    inside = pl.col("birth_date").dt.year().is_between(*window) & pl.col("area_code").is_not_null()
    rows = audited.select("birth", "area_code", "birth_date", "registered_on", "record_id").filter(inside)
    births = first_rows(rows, "registered_on", "record_id")
    return births.with_columns(birth_year=pl.col("birth_date").dt.year().cast(pl.Int64)).drop("birth", "record_id")


def delay_curves(births: pl.DataFrame, reference_date: dt.date | None) -> dict[str | None, DelayCurve]:
    """The delay curve of each township, pooled over birth years; the county's under ``None`` and for townships too small.

    Args:
        births: what ``first_registrations`` gives.
        reference_date: end of the extract.
    """
    delays = delays_of(births, reference_date)
    whole = reverse_time(delays["delay"].to_numpy(), delays["age"].to_numpy())
    curves: dict[str | None, DelayCurve] = {} if whole is None else {None: whole}
    for (area_code,), part in delays.partition_by("area_code", as_dict=True).items():
        own = reverse_time(part["delay"].to_numpy(), part["age"].to_numpy()) if part.height >= OWN_CURVE else None
        if curve := own or whole:
            curves[str(area_code)] = curve
    return curves


def delays_of(births: pl.DataFrame, reference_date: dt.date | None) -> pl.DataFrame:
    """Delay and age in days of the births whose registration can be placed: not before birth, not after the extract."""
    end = pl.lit(reference_date, dtype=pl.Date)
    delay = (pl.col("registered_on") - pl.col("birth_date")).dt.total_days()
    age = (end - pl.col("birth_date")).dt.total_days()
    return births.select("area_code", "birth_year", delay=delay, age=age).filter(pl.col("delay").is_between(0, pl.col("age")))


def _phi(placed: pl.DataFrame) -> float:
    return overdispersion(placed["delay"].to_numpy(), placed["age"].to_numpy(), placed["birth_year"].to_numpy())


def _year(
    year: int,
    registered: int,
    delays: np.ndarray,
    curve: DelayCurve | None,
    phi: float,
    timely_days: int,
    reference_date: dt.date | None,
) -> dict[str, object]:
    """Figures of one township and birth year."""
    blank: dict[str, object] = dict.fromkeys(("within_30", "within_target", "within_1y", "within_5y", "ultimate"))
    blank |= {"ultimate_low": None, "ultimate_high": None, "delay_days": list(GRID), "cdf": [None] * len(GRID)}
    if curve is None or reference_date is None or not registered or not len(delays):
        return blank
    ages = (reference_date - dt.date(year, 12, 31)).days + np.arange(366 if _leap(year) else 365)
    reached = curve.at(ages)
    spread = np.sqrt(curve.variance[np.clip(ages, 0, curve.horizon)])
    error = float(np.mean(np.where(np.isfinite(spread), spread, 0.0) * reached)) ** 2
    total = ultimate(registered, float(reached.mean()), error, phi)
    if total is None:
        return blank
    passed = int(ages.min())
    # Births registered without a usable date are taken to be as late as the others.
    by = {
        days: float((delays <= days).mean()) * registered / total[0] if days <= passed else None
        for days in (*GRID, 30, timely_days)
    }
    return blank | {
        "within_30": by[30],
        "within_target": by[timely_days],
        "within_1y": by[365],
        "within_5y": by[1825],
        "ultimate": total[0],
        "ultimate_low": total[1],
        "ultimate_high": total[2],
        "cdf": [by[days] for days in GRID],
    }


def _leap(year: int) -> bool:
    return dt.date(year, 12, 31).timetuple().tm_yday == 366
