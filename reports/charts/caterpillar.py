"""Completeness of every township (or county) with its interval, in a given order that is no ranking."""

from dataclasses import dataclass
from typing import Any, Final

from reports.charts.draw import ALERT, BAND, DATA, EDGE, INK, MUTED, altair, specification, text_width, with_names
from reports.county import Row
from reports.words import Words

_ROW: Final = 22


@dataclass(frozen=True)
class Bar:
    """One line of the chart: its label, its coverage row, and whether it was found to be below the target (a triangle)."""

    label: str
    coverage: Row | None
    flagged: bool = False


def caterpillar(bars: list[Bar], whole: Row | None, target: float, words: Words, width: int) -> dict[str, Any]:
    """Its specification.

    Args:
        bars: townships (or counties) from top to bottom.
        whole: coverage row of the county, drawn as a band.
        target: share.
        words: the language.
        width: of the drawing in pixels; reasons that do not fit are left to the table.
    """
    alt = altair()
    low, high = domain(bars, target)
    keys = [f"row-{index}" for index in range(len(bars))]
    rows = [
        {"name": key, "place": low, **_row(bar.flagged, bar.coverage, words, width)} for key, bar in zip(keys, bars, strict=True)
    ]
    extent = max((text_width(bar.label) for bar in bars), default=0) + 8
    axis = alt.Axis(domain=False, ticks=False, labelPadding=6, labelLimit=0, minExtent=extent, maxExtent=extent)
    y = alt.Y("name:N", sort=None, scale=alt.Scale(domain=keys), title=None, axis=axis)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("share:Q", scale=scale, title=words.say("axis.completeness"), axis=alt.Axis(format=".0f", tickCount=6))
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    known = base.transform_filter("datum.known")
    layers = [
        *_lines(whole, target),
        known.mark_rule(color=DATA, strokeWidth=2).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        known.transform_filter("!datum.flagged")
        .mark_point(shape="circle", filled=True, size=60, color=DATA, opacity=1)
        .encode(x=x),
        known.transform_filter("datum.flagged")
        .mark_point(shape="triangle-down", filled=True, size=95, color=ALERT, opacity=1)
        .encode(x=x),
        base.transform_filter("!datum.known")
        .mark_point(shape="circle", filled=False, size=60, color=MUTED, opacity=1)
        .encode(x=alt.X("place:Q", scale=scale)),
        base.transform_filter("!datum.known")
        .mark_text(align="left", dx=10, color=INK)
        .encode(x=alt.X("place:Q", scale=scale), text="why:N"),
    ]
    spec = specification(alt.layer(*layers).properties(height=alt.Step(_ROW)))
    return with_names(spec, dict(zip(keys, (bar.label for bar in bars), strict=True)))


def domain(bars: list[Bar], target: float) -> tuple[float, float]:
    """Limits of the axis in percent: whole tens that hold every interval and the target; the caption states them."""
    limits = [bar.coverage[f"completeness_{end}"] for bar in bars if bar.coverage for end in ("low", "high")]
    known = [target, *(limit for limit in limits if limit is not None)]
    return max(0.0, (min(known) * 100 - 1) // 10 * 10), max(100.0, -(-max(known) * 100 // 10) * 10)


def _row(flagged: bool, coverage: Row | None, words: Words, width: int) -> dict[str, Any]:
    if coverage is None or coverage["completeness"] is None:
        why = words.why_not(coverage["reason"] if coverage else None)
        return {"known": False, "why": why if text_width(why) + 10 <= width else words.why_not(None)}
    limits = {name: round(coverage[f"completeness_{name}"] * 100, 2) for name in ("low", "high")}
    return {"known": True, "flagged": flagged, "share": round(coverage["completeness"] * 100, 2), **limits}


def _lines(whole: Row | None, at_target: float) -> list[Any]:
    """The target, and the county with its interval."""
    alt = altair()
    target = alt.Chart(alt.Data(values=[{"at": at_target * 100}]))
    lines = [target.mark_rule(color=MUTED, strokeDash=[5, 4], strokeWidth=1.5).encode(x="at:Q")]
    if whole is not None and whole["completeness"] is not None:
        at = {key: whole[f"completeness{end}"] * 100 for key, end in (("at", ""), ("low", "_low"), ("high", "_high"))}
        here = alt.Chart(alt.Data(values=[at]))
        lines += [
            here.mark_rect(fill=BAND, stroke=EDGE, strokeWidth=0.75, opacity=1).encode(x="low:Q", x2="high:Q"),
            here.mark_rule(color=DATA, strokeWidth=1).encode(x="at:Q"),
        ]
    return lines
