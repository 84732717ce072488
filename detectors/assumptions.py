"""Which assumption of the completeness estimates visibly fails: links in doubt, a source fed by another, births hard to catch."""

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context, NotApplicable
from detectors.rows import params
from detectors.units import settle, years


@detector("assumptions", needs_counts=True)
def assumptions(context: Context) -> Result:
    """Words ``estimates.coverage_parts`` (doubt) by township and ``estimates.leaning`` for the county; low severity.

    It accuses nobody: it tells whoever uses an estimate what it may be wrong by, and which way.
    """
    units = context.estimates.coverage
    parts = context.estimates.working.get("coverage_parts")
    if parts is None or units.is_empty() or units["method"].eq_missing("none").all():
        raise NotApplicable("no_reference")
    found = pl.concat([_links(context, parts), _sources(context)])
    judged = units.filter(pl.col("level").is_in(["township", "county"])).select("area_code", judged=pl.col("reason").is_null())
    areas = pl.concat([context.areas.select("area_code"), pl.DataFrame({"area_code": [None]}, schema={"area_code": pl.String})])
    areas = areas.join(judged.unique("area_code"), on="area_code", how="left", nulls_equal=True, maintain_order="left")
    return Result(found, settle(areas, found, pl.col("judged").fill_null(False), "too_few_births"))


def _links(context: Context, parts: pl.DataFrame) -> pl.DataFrame:
    """Townships where births that only the register knows may be missed links, or many links are expected to be missed."""
    shown = context.estimates.coverage.filter((pl.col("level") == "township") & pl.col("reason").is_null())
    shown = shown.select("area_code", "completeness", "completeness_low", "completeness_high", "registered")
    doubtful = parts.filter((pl.col("level") == "township") & pl.col("doubt")).select(
        "area_code", "missed", "twice", "known", "excess"
    )
    rows = shown.join(doubtful, on="area_code").sort("area_code")
    lost = (pl.col("missed") + pl.col("twice")) / pl.col("known")
    # Of the two ways to be in doubt, the larger is said.
    excess = (pl.col("excess") / pl.col("known")).fill_null(0.0)
    envelope = excess > lost
    return observations(
        rows.select(
            "area_code",
            code=pl.when(envelope).then(pl.lit("CMP-ASSUME-LINKS")).otherwise(pl.lit("CMP-ASSUME-SLIPS")),
            severity=pl.lit("low"),
            period=pl.lit(years(context)),
            subject=pl.lit("area"),
            observed=pl.max_horizontal(excess, lost),
            low="completeness_low",
            high="completeness_high",
            events="registered",
            params=params(share=pl.max_horizontal(excess, lost), low=pl.col("completeness_low"), high=pl.col("completeness_high")),
        )
    )


def _sources(context: Context) -> pl.DataFrame:
    """For the county: a reference that stands out, or all of them, in knowing the births that the register knows."""
    leans = context.estimates.working.get("leaning")
    if leans is None or leans["leans"].null_count() == leans.height:
        return observations([])
    said = leans.filter(pl.col("leans").is_not_null()).sort("leans", "odds_ratio", descending=[False, True])
    fed = said.filter(pl.col("leans") == "fed")
    # Where all lean alike there is one thing to say, by the one that leans most.
    rows = fed if fed.height else said.head(1)
    return observations(
        rows.select(
            area_code=pl.lit(None, dtype=pl.String),
            code=pl.when(pl.col("leans") == "fed").then(pl.lit("CMP-ASSUME-FED")).otherwise(pl.lit("CMP-ASSUME-HARD")),
            severity=pl.lit("low"),
            period=pl.lit(years(context)),
            subject=pl.lit("area"),
            key=pl.col("reference"),
            observed="odds_ratio",
            expected=pl.lit(1.0),
            low="low",
            high="high",
            params=params(reference=pl.col("reference"), odds=pl.col("odds_ratio"), low=pl.col("low"), high=pl.col("high")),
        )
    )
