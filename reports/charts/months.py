"""Monthly returns, one small chart per township with the expected band; each on its own scale, since sizes differ tenfold."""

from typing import Any, Final

import polars as pl

from reports.charts.draw import ALERT, BAND, DATA, EDGE, altair, many, specification, without_data
from reports.county import County

_WIDTH: Final = 250
_HEIGHT: Final = 72


def returns(county: County, series: str = "births") -> pl.DataFrame:
    """Rows of the figure in order of area code and month."""
    here = (pl.col("figure") == "monthly_returns") & (pl.col("series") == series) & pl.col("area_code").is_not_null()
    return county.figures.filter(here).sort("area_code", "period")


def small_multiples(county: County) -> list[tuple[str, str]]:
    """Area code and SVG per township that has returns."""
    frame = returns(county).with_columns(
        month=pl.col("period").str.slice(0, 4).cast(pl.Int64) * 12 + pl.col("period").str.slice(5, 2).cast(pl.Int64) - 1
    )
    if frame.is_empty():
        return []
    draw = many(_specification(county.birth_years[0], county.birth_years[-1]))
    drawn = []
    for (code,), rows in frame.group_by("area_code", maintain_order=True):
        values = rows.select("month", pl.col("y", "low", "high").round(1), pl.col("flagged").fill_null(False)).to_dicts()
        # The specification is the same for every township; only the numbers change.
        drawn.append((str(code), draw(values)))
    return drawn


def _specification(first: int, last: int) -> dict[str, Any]:
    alt = altair()
    years = list(range(first, last + 2))
    ticks = [year * 12 for year in years[:: max(1, len(years) // 4)]]
    x = alt.X(
        "month:Q",
        title=None,
        scale=alt.Scale(domain=[first * 12, (last + 1) * 12], nice=False),
        axis=alt.Axis(values=ticks, labelExpr="datum.value / 12", grid=False, labelFlush=True),
    )
    scale = alt.Scale(domainMin=0, nice=True)
    y = alt.Y("y:Q", title=None, scale=scale, axis=alt.Axis(tickCount=2, domain=False, ticks=False, minExtent=18))
    base = alt.Chart(alt.Data(values=[])).encode(x=x)
    chart = alt.layer(
        base.mark_area(fill=BAND, stroke=EDGE, strokeWidth=0.75, opacity=1, interpolate="step").encode(
            y=alt.Y("low:Q", scale=scale, title=None), y2="high:Q"
        ),
        # A month without a return is a gap in the line, not a zero.
        base.mark_line(color=DATA, strokeWidth=1.25, invalid="break-paths-show-domains").encode(y=y),
        base.transform_filter("datum.flagged")
        .mark_point(filled=True, shape="triangle-down", size=32, color=ALERT, opacity=1)
        .encode(y=y),
    ).properties(width=_WIDTH, height=_HEIGHT)
    return without_data(specification(chart))
