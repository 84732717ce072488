"""Published birth rates against the county's, by size: who lies outside what chance and overdispersion allow."""

from typing import Any, Final

import polars as pl

from reports.charts.draw import ALERT, DATA, INK, MUTED, PAPER, altair, specification
from reports.county import County
from reports.words import Words

CURVES: Final = {
    "exact_95": {"strokeDash": [2, 3], "strokeWidth": 1, "color": MUTED},
    "exact_998": {"strokeDash": [6, 4], "strokeWidth": 1, "color": MUTED},
    "adjusted_95": {"strokeDash": [2, 3], "strokeWidth": 1.75, "color": DATA},
    "adjusted_998": {"strokeDash": [], "strokeWidth": 1.75, "color": DATA},
}


def points(county: County) -> pl.DataFrame:
    """One row per township, in order of area code."""
    funnel = county.figures.filter(pl.col("figure") == "birth_rate_funnel")
    return funnel.filter(pl.col("area_code").is_not_null(), pl.col("x").is_not_null(), pl.col("y").is_not_null()).sort("area_code")


def funnel(county: County, words: Words) -> dict[str, Any]:
    """Its specification; points outside their limits are triangles with the township's name."""
    alt = altair()
    labels = county.labels()
    rows = [
        {"x": row["x"], "y": round(row["y"], 3), "out": bool(row["flagged"]), "name": labels.get(row["area_code"], row["township"])}
        for row in points(county).iter_rows(named=True)
    ]
    lines = county.figures.filter(
        pl.col("figure") == "birth_rate_funnel", pl.col("area_code").is_null(), pl.col("series").is_in(list(CURVES))
    )
    # Limits are drawn where there are townships; a funnel's open mouth would flatten all else.
    least = min((row["x"] for row in rows), default=0.0) * 0.9
    curves = lines.filter(pl.col("x") >= least).select("series", "x", pl.col("low", "high").round(3)).sort("series", "x").to_dicts()
    scale = alt.Scale(domain=_domain(rows, curves), nice=False, zero=False)
    x = alt.X(
        "x:Q",
        title=words.say("axis.expected_births"),
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    y = alt.Y("y:Q", title=words.say("axis.ratio"), scale=scale, axis=alt.Axis(format=".2f", tickCount=6))
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    out = base.transform_filter("datum.out")
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"y": 1}])).mark_rule(color=INK, strokeWidth=1).encode(y=alt.Y("y:Q", scale=scale))
    ]
    layers += [_curve(curves, series, side, scale) for series in CURVES for side in ("low", "high")]
    layers += [
        base.transform_filter("!datum.out").mark_point(filled=True, shape="circle", size=50, color=DATA, opacity=1),
        out.mark_point(filled=True, shape="triangle-down", size=95, color=ALERT, opacity=1),
        # The name twice: first in the colour of the paper, so that lines do not run through it.
        out.mark_text(align="left", dx=9, stroke=PAPER, strokeWidth=3, color=PAPER).encode(text="name:N"),
        out.mark_text(align="left", dx=9, color=INK).encode(text="name:N"),
    ]
    return specification(alt.layer(*layers).properties(height=300))


def _curve(curves: list[dict[str, Any]], series: str, side: str, scale: Any) -> Any:
    alt = altair()
    values = [{"x": row["x"], "v": row[side]} for row in curves if row["series"] == series and row[side] is not None]
    return (
        alt.Chart(alt.Data(values=values))
        .mark_line(interpolate="monotone", **CURVES[series])
        .encode(x="x:Q", y=alt.Y("v:Q", scale=scale))
    )


def _domain(rows: list[dict[str, Any]], curves: list[dict[str, Any]]) -> list[float]:
    """All points and all limits drawn: nothing is cut off in silence."""
    held = [1.0, *(row["y"] for row in rows)]
    held += [row[side] for row in curves for side in ("low", "high") if row[side] is not None]
    return [round(max(0.0, min(held) - 0.05), 2), round(max(held) + 0.05, 2)]
