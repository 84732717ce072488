"""Questions to a run: its findings, its coverage, its outcomes, filtered. Nothing here looks for a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from audit.nearest import suggest
from expectations.cards import FAMILY_ORDER, cards
from expectations.codes import SEVERITIES
from expectations.errors import ConfigError, HechaError, Problems
from expectations.run import Run

SEVERITY_RANK: Final = {severity: rank for rank, severity in enumerate(reversed(SEVERITIES))}


@dataclass(frozen=True)
class Filters:
    """What to keep; an empty tuple keeps all.

    Attributes:
        townships: names or area codes.
        detectors: names or codes.
        families, severities: values of the code lists.
        year: keeps what its period touches.
        counties: names.
    """

    townships: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    year: int | None = None
    counties: tuple[str, ...] = ()


def areas(run: Run) -> pl.DataFrame:
    """Townships of a run: ``county, area_code, township``, in order of code."""
    named = pl.concat([frame.select("county", "area_code", "township") for frame in (run.outcomes, run.coverage)])
    return named.drop_nulls().unique(maintain_order=True).sort("county", "area_code")


def find(run: Run, filters: Filters) -> pl.DataFrame:
    """Findings that pass the filters, in order of id.

    Raises:
        Problems: a township or detector is not known, with the nearest that are.
    """
    codes, names = _known(run, filters)
    frame = run.findings
    if codes is not None:
        frame = frame.filter(pl.col("area_code").is_in(codes))
    if names is not None:
        frame = frame.filter(pl.col("detector").is_in(names))
    if filters.families:
        frame = frame.filter(pl.col("family").is_in(filters.families))
    if filters.severities:
        frame = frame.filter(pl.col("severity").is_in(filters.severities))
    if filters.counties:
        frame = frame.filter(pl.col("county").is_in(filters.counties))
    if filters.year is not None:
        frame = frame.filter(touches(filters.year))
    return frame.sort("finding_id")


def by_weight(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings in the order a reader wants: severest first, figures before rows, then by family, area, period and id."""
    ranks = (
        pl.col("severity").replace_strict(SEVERITY_RANK, return_dtype=pl.Int64),
        pl.col("subject") == "row",
        pl.col("family").replace_strict(FAMILY_ORDER, return_dtype=pl.Int64),
    )
    return findings.sort(*ranks, "county", "area_code", "period", "finding_id", nulls_last=True)


def touches(year: int) -> pl.Expr:
    """Whether a period (``2021``, ``2018-2025``, ``2021-03``) touches a year."""
    first = pl.col("period").str.extract(r"^(\d{4})").cast(pl.Int64, strict=False)
    last = pl.col("period").str.extract(r"^\d{4}-(\d{4})").cast(pl.Int64, strict=False)
    return (first <= year) & (pl.coalesce(last, first) >= year)


def cover(
    run: Run, levels: Sequence[str], townships: Sequence[str] = (), year: int | None = None, counties: Sequence[str] = ()
) -> pl.DataFrame:
    """Coverage rows of some levels, the wider area first.

    Raises:
        Problems: a township or county is not known.
    """
    codes, _ = _known(run, Filters(townships=tuple(townships), counties=tuple(counties)))
    frame = run.coverage.filter(pl.col("level").is_in(levels))
    if codes is not None:
        frame = frame.filter(pl.col("area_code").is_in(codes))
    if counties:
        frame = frame.filter(pl.col("county").is_in(list(counties)))
    if year is not None:
        frame = frame.filter(pl.col("birth_year") == year)
    order = pl.col("level").replace_strict({level: rank for rank, level in enumerate(levels)}, return_dtype=pl.Int64)
    return frame.sort("county", order, "area_code", "birth_year", "sex", nulls_last=False)


def silent(run: Run) -> pl.DataFrame:
    """Outcomes that say nothing either way: *not estimable*."""
    return run.outcomes.filter(pl.col("outcome") == "not_estimable")


def tally(findings: pl.DataFrame) -> dict[str, int]:
    """Findings by severity, severest first."""
    counts = dict(findings.group_by("severity").len().iter_rows())
    return {severity: counts.get(severity, 0) for severity in reversed(SEVERITIES)}


def township_codes(run: Run, name: str) -> list[str]:
    """Area codes of a township given by name or code; empty when it is not known."""
    known = areas(run)
    return known.filter((pl.col("township") == name) | (pl.col("area_code") == name))["area_code"].to_list()


def detector_names(name: str) -> list[str]:
    """Detectors given by name, code or the code of a finding; empty when there is none."""
    return [
        card.detector
        for card in cards().values()
        if name == card.detector or name.upper() == card.code or name.upper() in card.finding_codes
    ]


def detector_words() -> list[str]:
    """What a detector may be called by."""
    return [word for card in cards().values() for word in (card.detector, card.code)]


def rows(frame: pl.DataFrame) -> Iterable[dict[str, Any]]:
    """Rows as dictionaries, for machines."""
    return frame.iter_rows(named=True)


def _known(run: Run, filters: Filters) -> tuple[list[str] | None, list[str] | None]:
    problems: list[HechaError] = []
    codes: list[str] = []
    names: list[str] = []
    for township in filters.townships:
        found = township_codes(run, township)
        codes += found
        if not found:
            problems.append(ConfigError("E-ASK-001", params={"word": township, "near": suggest(township, areas(run)["township"])}))
    for detector in filters.detectors:
        named = detector_names(detector)
        names += named
        if not named:
            problems.append(ConfigError("E-ASK-002", params={"word": detector, "near": suggest(detector, detector_words())}))
    known = run.outcomes["county"].unique(maintain_order=True).to_list()
    problems += [
        ConfigError("E-ASK-008", params={"word": county, "near": suggest(county, known)})
        for county in filters.counties
        if county not in known
    ]
    if problems:
        raise Problems(problems)
    return codes if filters.townships else None, names if filters.detectors else None
