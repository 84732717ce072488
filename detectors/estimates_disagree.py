"""Where births estimated from references, births by the bureau's rate, and totals from elsewhere do not agree."""

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context, NotApplicable
from detectors.rows import params
from detectors.units import settle, years


@detector("estimates_disagree", needs_counts=True)
def estimates_disagree(context: Context) -> Result:
    """Words ``estimates.witnesses``: more than 5 % apart in a township, 1.5 % in the county, and outside the interval.

    Low severity: it says that one of the figures is wrong, not which, and warns whoever uses the estimate.
    """
    if context.vital_rates is None and context.totals is None:
        raise NotApplicable("no_vital_rates")
    units = context.estimates.coverage
    if units.is_empty() or units["reason"].eq_missing("no_reference").all():
        raise NotApplicable("no_reference")
    seen = context.estimates.working.get("witnesses")
    if seen is None or seen.is_empty():
        raise NotApplicable("no_population")
    apart = seen.filter(pl.col("disagrees").fill_null(False))
    kind = pl.when(pl.col("witness") == "bureau").then(pl.lit("BUREAU")).otherwise(pl.lit("TOTALS"))
    found = observations(
        apart.select(
            "area_code",
            code=pl.concat_str(pl.lit("CMP-DISAGREE-"), kind),
            severity=pl.lit("low"),
            period=pl.lit(years(context)),
            subject=pl.lit("area"),
            key=pl.col("witness"),
            observed=pl.col("births_witness"),
            expected=pl.col("births"),
            low=pl.col("births_low"),
            high=pl.col("births_high"),
            params=params(
                births=pl.col("births_witness").round().cast(pl.Int64),
                estimate=pl.col("births").round().cast(pl.Int64),
                gap=(pl.col("ratio") - 1).abs(),
                high=pl.col("births_high").round().cast(pl.Int64),
                low=pl.col("births_low").round().cast(pl.Int64),
                series=pl.col("witness"),
            ),
        )
    )
    rows = seen.group_by("area_code").agg(judged=pl.col("disagrees").is_not_null().any())
    units = pl.concat([context.areas.select("area_code"), pl.DataFrame({"area_code": [None]}, schema={"area_code": pl.String})])
    units = units.join(rows, on="area_code", how="left", nulls_equal=True, maintain_order="left")
    return Result(found, settle(units, found, pl.col("judged").fill_null(False), "too_few_figures"))
