"""Indicator values around their target, in bins that begin at the target: a pile just above it can be seen."""

from typing import Any, Final

import polars as pl

from reports.charts.draw import ALERT, BAR, INK, altair, specification, without_data
from reports.county import County
from reports.words import Words

BIN: Final = 1.0  # percentage points
_REACH: Final = 15  # bins on either side of the target; values farther off are counted in the last bin, which says so
_DUST: Final = 1e-9
_WIDTH: Final = 250
_NUMBER: Final = 3  # bins that a written number is wide


def binned(county: County) -> pl.DataFrame:
    """Counts per indicator and bin: ``series, bin, count``; bin 0 is the point just above the target, -1 just below."""
    values = county.figures.filter(
        pl.col("figure") == "indicator_values", pl.col("x").is_not_null(), pl.col("target").is_not_null()
    )
    distance = ((pl.col("x") - pl.col("target")) / BIN + _DUST).floor().clip(-_REACH, _REACH - 1).cast(pl.Int64)
    counted = values.group_by("series", distance.alias("bin")).agg(count=pl.col("y").fill_null(1).sum().cast(pl.Int64))
    return counted.sort("series", "bin")


def histogram(words: Words) -> dict[str, Any]:
    """The specification of one indicator's histogram, without its data.

    The bins on both sides of the target are told apart by colour and by their numbers.
    """
    alt = altair()
    scale = alt.Scale(domain=[-_REACH * BIN, _REACH * BIN], nice=False)
    x = alt.X(
        "left:Q",
        bin="binned",
        scale=scale,
        title=words.say("axis.above_target"),
        axis=alt.Axis(values=[-15, -10, -5, 0, 5, 10, 15], format="+d", grid=False),
    )
    y = alt.Y("count:Q", title=words.say("axis.figures"), axis=alt.Axis(tickCount=4, domain=False, ticks=False))
    base = alt.Chart(alt.Data(values=[])).encode(x=x, x2="right:Q", y=y)
    near = base.transform_filter("datum.near")
    chart = alt.layer(
        base.transform_filter("!datum.near").mark_bar(color=BAR, binSpacing=1),
        near.mark_bar(color=ALERT, binSpacing=1),
        _number(alt, "datum.left === -1", "right", scale),
        _number(alt, "datum.left === 0", "left", scale),
        alt.Chart().mark_rule(color=INK, strokeWidth=1.5).encode(x=alt.XDatum(0, scale=scale)),
    ).properties(width=_WIDTH, height=150)
    return without_data(specification(chart))


def _number(alt: Any, which: str, align: str, scale: Any) -> Any:
    """The count of a bin beside the target, written away from the target's line and above the bars it stands over."""
    side = -4 if align == "right" else 4
    base = alt.Chart(alt.Data(values=[])).transform_filter(which)
    over = alt.Y("over:Q", title=None)
    return base.mark_text(dy=-7, dx=side, align=align, color=INK).encode(x=alt.XDatum(0, scale=scale), y=over, text="count:Q")


def values(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """What the specification draws; ``over`` is the height of the highest bar that the number of a bin stands over."""
    counts: dict[int, int] = dict(zip(rows["bin"], rows["count"], strict=True))

    def over(place: int) -> int:
        wide = range(place, place + _NUMBER) if place >= 0 else range(place - _NUMBER + 1, place + 1)
        return max(counts.get(other, 0) for other in wide)

    return [
        {"left": place * BIN, "right": (place + 1) * BIN, "count": count, "near": place in (-1, 0), "over": over(place)}
        for place, count in counts.items()
    ]


def sides(rows: pl.DataFrame) -> tuple[int, int]:
    """Counts within one bin below and above the target."""
    counts: dict[Any, int] = dict(zip(rows["bin"], rows["count"], strict=True))
    return counts.get(-1, 0), counts.get(0, 0)
