"""Published birth rates against the county's, by size: who lies outside what chance and overdispersion allow."""

from typing import Any, Final

import polars as pl

from reports.charts.draw import ALERT, DATA, INK, MUTED, PAPER, altair, specification
from reports.charts.labels import SIDES, sides
from reports.county import County
from reports.words import Words

_HEIGHT: Final = 300
_ROOMY: Final = 400  # pixels from which six figures stand beside each other under an axis
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


def funnel(county: County, words: Words, width: int) -> dict[str, Any]:
    """Its specification for a width; points outside their limits are triangles with the township's name where there is room."""
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
    across, up = [min(held := [row["x"] for row in (*rows, *curves)]), max(held)], _domain(rows, curves)
    _place_names(rows, across, up, width)
    scale = alt.Scale(domain=up, nice=False, zero=False)
    x = alt.X(
        "x:Q",
        title=words.say("axis.expected_births"),
        scale=alt.Scale(domain=across, nice=False, zero=False),
        axis=alt.Axis(tickCount=6 if width > _ROOMY else 2, grid=False),
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
    ]
    for side in dict.fromkeys(row["side"] for row in rows if row["side"] in SIDES):
        align, dx, dy = SIDES[side]
        named = out.transform_filter(f"datum.side === '{side}'").encode(text="name:N")
        # The name twice: first in the colour of the paper, so that lines do not run through it.
        layers.append(named.mark_text(align=align, dx=dx, dy=dy, stroke=PAPER, strokeWidth=3, color=PAPER))
        layers.append(named.mark_text(align=align, dx=dx, dy=dy, color=INK))
    return specification(alt.layer(*layers).properties(height=_HEIGHT))


def _place_names(rows: list[dict[str, Any]], across: list[float], up: list[float], width: int) -> None:
    """Give every point outside its limits the side of its name; those farthest out choose first."""

    def place(row: dict[str, Any]) -> tuple[float, float]:
        share = (row["x"] - across[0]) / (across[1] - across[0] or 1.0)
        return share * width, (up[1] - row["y"]) / (up[1] - up[0]) * _HEIGHT

    out = sorted((row for row in rows if row["out"]), key=lambda row: (-abs(row["y"] - 1), row["x"]))
    chosen = sides([(*place(row), row["name"]) for row in out], [place(row) for row in rows if not row["out"]], width, _HEIGHT)
    for row in rows:
        row["side"] = ""
    for row, side in zip(out, chosen, strict=True):
        row["side"] = side


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
