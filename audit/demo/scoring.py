"""How right an audit of a simulated county was, against what is true."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from audit.demo.world import Truth
from expectations.run import Run

ACCUSING: Final = ("fabrication", "rates")
# Between the two an honest audit may say either: the target is 90 %.
LOW, FINE = 0.85, 0.92


@dataclass(frozen=True, slots=True)
class Planted:
    """One line of the table *how right it was*, worded as ``demo.planted.<what>``.

    Attributes:
        what: ``duplicates`` (pairs of rows), ``low_completeness`` or ``falsified`` (townships), or one kind of fraud.
        planted, found, missed: how many there were, and of them were found and missed.
        false: said and not so; None where a false one cannot be told apart by kind.
    """

    what: str
    planted: int
    found: int
    missed: int
    false: int | None


@dataclass(frozen=True)
class Score:
    """An audit against the truth.

    Attributes:
        townships: one row each: the truth's columns and ``estimate, low, high, covered, width, error`` (completeness; null
            where not estimated), ``below_target, medium, high_severity`` (flags; the last two of the families fabrication
            and rates, medium counting high) and ``detectors``, those that raised them.
        planted: what was planted and found.
        precision, recall: of pairs of rows said to be one birth.
        county_covered: whether the county's interval holds the truth.
    """

    townships: pl.DataFrame
    planted: tuple[Planted, ...]
    precision: float | None
    recall: float | None
    county_covered: bool | None

    @property
    def estimated(self) -> int:
        """Townships with an estimate."""
        return self.townships["covered"].drop_nulls().len()

    @property
    def covered(self) -> int:
        """Townships whose 95 % interval holds the true completeness."""
        return int(self.townships["covered"].sum())

    @property
    def mean_width(self) -> float | None:
        """Mean width of the townships' intervals, a share of 1."""
        width = self.townships["width"].drop_nulls()
        return float(width.to_numpy().mean()) if width.len() else None


def score(run: Run, truth: Truth) -> Score:
    """Compare a finished run with the truth of the county it audited."""
    townships = _intervals(run, truth).join(_flags(run), on="area_code", how="left").with_columns(
        pl.col("below_target", "medium", "high_severity").fill_null(False),
        pl.col("detectors").fill_null([]),
    )  # fmt: skip
    said, true = _said_pairs(run), truth.pairs()
    right = len(said & true)
    planted = (
        Planted("duplicates", len(true), right, len(true) - right, len(said) - right),
        _low(townships),
        *_frauds(townships),
    )
    county = run.coverage.filter(pl.col("level") == "county").select("completeness_low", "completeness_high").drop_nulls()
    actual = truth.completeness()["completeness"][0]
    inside = county.select((pl.col("completeness_low") <= actual) & (pl.col("completeness_high") >= actual)).to_series()
    return Score(
        townships,
        planted,
        right / len(said) if said else None,
        right / len(true) if true else None,
        bool(inside[0]) if inside.len() else None,
    )


def _intervals(run: Run, truth: Truth) -> pl.DataFrame:
    figures = run.coverage.filter(pl.col("level") == "township").select(
        "area_code", estimate="completeness", low="completeness_low", high="completeness_high", reason="reason"
    )
    actual = pl.col("completeness")
    return truth.townships.join(figures, on="area_code", how="left").with_columns(
        covered=(pl.col("low") <= actual) & (pl.col("high") >= actual),
        width=pl.col("high") - pl.col("low"),
        error=pl.col("estimate") - actual,
    )


def _flags(run: Run) -> pl.DataFrame:
    serious = pl.col("severity").is_in(["medium", "high"])
    accused = serious & pl.col("family").is_in(ACCUSING)
    return (
        run.findings.filter(pl.col("area_code").is_not_null(), pl.col("subject") != "row")
        .group_by("area_code")
        .agg(
            below_target=(serious & (pl.col("detector") == "low_completeness")).any(),
            medium=accused.any(),
            high_severity=(accused & (pl.col("severity") == "high")).any(),
            detectors=pl.col("detector").filter(accused).unique().sort(),
        )
    )


def _said_pairs(run: Run) -> set[tuple[str, str]]:
    pairs = set()
    for refs in run.findings.filter(pl.col("family") == "duplicates")["row_refs"].to_list():
        ids = sorted(set(refs))
        pairs |= {(left, right) for at, left in enumerate(ids) for right in ids[at + 1 :]}
    return pairs


def _low(townships: pl.DataFrame) -> Planted:
    low = townships.filter(pl.col("completeness") < LOW)["below_target"]
    fine = townships.filter(pl.col("completeness") >= FINE)["below_target"]
    found = int(low.sum())
    return Planted("low_completeness", low.len(), found, low.len() - found, int(fine.sum()))


def _frauds(townships: pl.DataFrame) -> list[Planted]:
    false = int(townships.filter(pl.col("fraud").is_null())["medium"].sum())
    falsified = (
        townships.filter(pl.col("fraud").is_not_null()).group_by("fraud", maintain_order=True).agg(pl.len(), pl.col("medium").sum())
    )
    lines = [Planted(kind, count, found, count - found, None) for kind, count, found in falsified.sort("fraud").iter_rows()]
    planted, found = sum(line.planted for line in lines), sum(line.found for line in lines)
    return [Planted("falsified", planted, found, planted - found, false), *lines]
