"""One county of a run, sorted for reading: by area code, findings by severity. No ranking of townships."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from expectations.cards import FAMILY_ORDER
from expectations.run import Run

Row = dict[str, Any]
_SEVERITY_ORDER: Final = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Township:
    """A township with what the run says of it. Rows are dictionaries of the artefacts' columns.

    Attributes:
        area_code, name: as in the areas file.
        coverage: the row of level ``township``, or none.
        years: rows of level ``township_year`` by birth year.
        timeliness: rows by birth year.
        findings: high severity first.
        outcomes: one per detector.
    """

    area_code: str
    name: str
    coverage: Row | None
    years: dict[int, Row]
    timeliness: dict[int, Row]
    findings: list[Row]
    outcomes: list[Row]


@dataclass(frozen=True)
class County:
    """A county: its own figures, its townships in order of area code, and findings that belong to no township."""

    name: str
    record: Row
    linkage: Row
    coverage: Row | None
    years: list[Row]
    sexes: list[Row]
    townships: list[Township]
    findings: list[Row]
    evidence: pl.DataFrame
    figures: pl.DataFrame

    @property
    def campaign(self) -> Row:
        """The campaign as the record tells it."""
        campaign: Row = self.record["campaign"]
        return campaign

    @property
    def birth_years(self) -> list[int]:
        """Every birth year of the window."""
        first, last = self.campaign["birth_years"]
        return list(range(first, last + 1))

    def labels(self, longest: int = 12) -> dict[str, str]:
        """A short name of every township by area code, no two alike: charts have little room."""
        labels: dict[str, str] = {}
        for town in self.townships:
            label = town.name if len(town.name) <= longest else town.name[: longest - 1] + "…"
            labels[town.area_code] = f"{label} {town.area_code[-3:]}" if label in labels.values() else label
        return labels


def counties(run: Run, evidence: pl.DataFrame | None = None) -> list[County]:
    """The counties of a run in the order of the campaign.

    Args:
        run: the run.
        evidence: the part of its evidence that is wanted; all by default.
    """
    return [_county(run, name, run.evidence if evidence is None else evidence) for name in county_names(run)]


def county_names(run: Run) -> list[str]:
    """Names of the counties of a run in the order of the campaign."""
    named = [*run.record["campaign"].get("counties", []), *run.coverage["county"].unique(maintain_order=True)]
    return list(dict.fromkeys(named))


def apart(run: Run) -> Iterator[Run]:
    """The run of each county for itself, one after the other: as rows in Python the whole of a province is too much."""
    of_finding = run.findings.select("finding_id", "county").unique("finding_id")
    county = run.evidence.select("finding_id").join(of_finding, on="finding_id", how="left", maintain_order="left")["county"]
    frames = ("findings", "coverage", "timeliness", "outcomes", "figures")
    for name in county_names(run):
        own = {frame: getattr(run, frame).filter(pl.col("county") == name) for frame in frames}
        record = {**run.record, "campaign": {**run.record["campaign"], "counties": [name]}}
        yield replace(run, record=record, evidence=run.evidence.filter(county == name), twice=None, **own)


def _county(run: Run, name: str, all_evidence: pl.DataFrame) -> County:
    here = pl.col("county") == name
    findings = _in_order(run.findings.filter(here)).to_dicts()
    levels: dict[str, list[Row]] = defaultdict(list)
    for row in run.coverage.filter(here).iter_rows(named=True):
        levels[row["level"]].append(row)
    timeliness = run.timeliness.filter(here).to_dicts()
    outcomes = run.outcomes.filter(here).to_dicts()
    names = {
        row["area_code"]: row["township"]
        for row in [*findings, *outcomes, *timeliness, *levels["township"]]
        if row["area_code"] is not None
    }
    by_area = {key: _grouped(rows) for key, rows in (("findings", findings), ("outcomes", outcomes), ("time", timeliness))}
    totals, years = _grouped(levels["township"]), _grouped(levels["township_year"])
    townships = [
        Township(
            code,
            names[code] or code,
            totals[code][0] if totals[code] else None,
            {row["birth_year"]: row for row in years[code]},
            {row["birth_year"]: row for row in by_area["time"][code]},
            by_area["findings"][code],
            by_area["outcomes"][code],
        )
        for code in sorted(names)
    ]
    mine = run.findings.filter(here)["finding_id"].implode()
    return County(
        name,
        run.record,
        run.linkage,
        levels["county"][0] if levels["county"] else None,
        sorted(levels["county_year"], key=lambda row: row["birth_year"]),
        levels["county_sex"],
        townships,
        findings,
        all_evidence.filter(pl.col("finding_id").is_in(mine)),
        run.figures.filter(here),
    )


def _grouped(rows: list[Row]) -> dict[str | None, list[Row]]:
    groups: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["area_code"]].append(row)
    return groups


def _in_order(findings: pl.DataFrame) -> pl.DataFrame:
    return findings.sort(
        pl.col("severity").replace_strict(_SEVERITY_ORDER, return_dtype=pl.Int64),
        pl.col("subject") == "row",  # what concerns the township's figures first; rows are many, and listed in its workbook
        pl.col("area_code").fill_null("~"),
        pl.col("family").replace_strict(FAMILY_ORDER, return_dtype=pl.Int64),
        "detector",
        pl.col("row_lines").list.first().fill_null(0),
        pl.col("period").fill_null(""),
        "finding_id",
        maintain_order=True,
    )
