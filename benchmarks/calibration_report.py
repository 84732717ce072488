"""Tables and pictures of docs/calibration.md, from the scores of single counties."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

CHOSEN_ON = 30  # counties with numbers below it were looked at while constants were chosen
KINDS = ("smooth", "copied", "rounded", "bunched", "fabricated", "recent")
SIZES = ((0, 400), (400, 800), (800, 1600), (1600, 10**9))
# The detectors that are there for a kind of fraud: where all of them say "not estimable", so does the audit.
MEANT_FOR = {
    "smooth": ("too_smooth",),
    "copied": ("copied",),
    "rounded": ("rounded",),
    "bunched": ("bunched",),
    "fabricated": ("invented_rows",),
    "recent": ("invented_rows",),
}


def write_report(lines: list[dict[str, Any]], docs: Path) -> None:
    """Write docs/calibration.md and docs/calibration/*.svg."""
    failed = [line for line in lines if "error" in line]
    lines = [line for line in lines if "error" not in line]
    towns = _townships(lines)
    main = towns.filter(pl.col("group").is_in(["honest", "falsified"]))
    parts = [
        _opening(lines, failed, towns),
        _aims(main, lines),
        _held_out(main),
        _intervals(main),
        _findings(main),
        _false_alarms(towns, lines),
        _power(towns),
        _duplicates(lines),
        _stress(towns, lines),
        _reading(),
    ]
    pictures = docs / "calibration"
    pictures.mkdir(exist_ok=True)
    _draw_dose(towns, pictures)
    _draw_coverage(main, pictures)
    (docs / "calibration.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _townships(lines: list[dict[str, Any]]) -> pl.DataFrame:
    rows = []
    for line in lines:
        outcomes: dict[str, dict[str, str]] = {}
        for outcome in line["outcomes"]:
            outcomes.setdefault(outcome["area_code"], {})[outcome["detector"]] = outcome["outcome"]
        for town in line["townships"]:
            own = MEANT_FOR.get(town["fraud"] or "", ())
            seen = outcomes.get(town["area_code"], {})
            silent = bool(own) and all(seen.get(name) in ("not_estimable", "not_applicable") for name in own)
            rows.append({"group": line["group"], "county": f"{line['group']}-{line['seed']}", "silent": silent, **_plain(town)})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    band = pl.coalesce(pl.when(pl.col("births").is_between(low, high - 1)).then(pl.lit(_band(low, high))) for low, high in SIZES)
    made_up = pl.col("fraud").is_in(["fabricated", "recent"])
    return frame.with_columns(size=band, kind=pl.when(made_up).then(pl.lit("invented")).otherwise(pl.col("completeness_group")))


def _plain(town: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in town.items() if key not in ("group", "area_code", "township")}
    return {**kept, "completeness_group": town["group"]}


def _band(low: int, high: int) -> str:
    return f"under {high}" if low == 0 else f"{low} and more" if high >= 10**9 else f"{low}–{high - 1}"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body])


def _share(part: float | None, digits: int = 1) -> str:
    return "–" if part is None else f"{100 * part:.{digits}f} %"


def _mean(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls()
    return float(values.cast(pl.Float64).to_numpy().mean()) if values.len() else None


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _opening(lines: list[dict[str, Any]], failed: list[dict[str, Any]], towns: pl.DataFrame) -> str:
    counts = {
        name: sum(line["group"].split(":")[0] == name for line in lines)
        for name in ("honest", "falsified", "half", "dose", "stress")
    }
    seconds = sorted(line["seconds"] for line in lines)
    return f"""# Calibration

Can the figures and the flags of an audit be believed? Counties that do not exist, with known truth, were audited by the real
pipeline: files read, linked, counts protected, estimates made, every detector run (only the expectations on column types, which
change no figure, were left out to save time). What came out is set against what was put in.

{counts["honest"]} honest counties, {counts["falsified"]} with falsifications at full size, {counts["half"]} at half size,
{counts["dose"]} at other sizes and {counts["stress"]} under stress: {towns.height:,} townships with
{towns["births"].sum():,} births. Counties have 5 to 38 townships of 150 to 8,000 births over eight birth years, and two
references unless said otherwise. {len(failed)} runs failed. Median time of an audit without reports:
{seconds[len(seconds) // 2]:.1f} s in one of two processes on a busy machine. {_versions(lines)}

Made by `python benchmarks/calibration.py`; the sizes of frauds and the honest features are in `audit/demo/sizes.py`."""


def _versions(lines: list[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["code"]] = counts.get(line["code"], 0) + 1
    if len(counts) == 1:
        return f"Code version `{next(iter(counts))}`."
    return "Code versions: " + ", ".join(f"`{code}` ({count} counties)" for code, count in counts.items()) + "."


def _aims(main: pl.DataFrame, lines: list[dict[str, Any]]) -> str:
    large = main.filter(pl.col("births") >= 400, pl.col("covered").is_not_null())
    honest = main.filter(pl.col("group") == "honest")
    among = main.filter(pl.col("group") == "falsified", pl.col("fraud").is_null())
    full = main.filter(pl.col("fraud").is_not_null())
    power = [share for kind in KINDS[:5] if (share := _mean(full.filter(pl.col("fraud") == kind), "medium")) is not None]
    low, fine = main.filter(pl.col("completeness") < 0.85), main.filter(pl.col("completeness") >= 0.92)
    right, said, true = _pairs(lines)
    rows = [
        _aim("95 % intervals, townships of 400 births or more", "93–98.5 %", _mean(large, "covered"), 0.93, 0.985),
        *(
            _aim(f"… {kind}", "≥ 90 %", _mean(large.filter(pl.col("kind") == kind), "covered"), 0.90, 1)
            for kind in ("poor", "good", "invented")
        ),
        _aim("mean width, points", "≤ 1.6", _mean(large, "width"), 0, 0.016, _points),
        _aim("bias, points", "within ±0.2", _mean(large, "error"), -0.002, 0.002, _points),
        _aim("county intervals", "≥ 90 %", _county_covered(lines), 0.90, 1),
        _aim("truth under 85 %: flagged", "≥ 95 %", _mean(low, "below_target"), 0.95, 1),
        _aim("truth 92 % or more: flagged", "≤ 2 %", _mean(fine, "below_target"), 0, 0.02),
        _aim("false alarms, honest counties", "≤ 3 %", _mean(honest, "medium"), 0, 0.03),
        _aim("false alarms, honest townships among falsified", "≤ 5 %", _mean(among, "medium"), 0, 0.05),
        _aim("false alarms of high severity, honest counties", "≤ 0.2 %", _mean(honest, "high_severity"), 0, 0.002),
        _aim("power, mean over the five kinds", "≥ 90 %", sum(power) / len(power) if power else None, 0.9, 1),
        _aim("power, weakest kind", "≥ 80 %", min(power, default=None), 0.8, 1),
        _aim("not estimable, of falsified townships", "≤ 10 %", _mean(full, "silent"), 0, 0.10),
        _aim("duplicates, precision of pairs", "≥ 97 %", right / max(said, 1), 0.97, 1),
        _aim("duplicates, recall of pairs", "≥ 94 %", right / max(true, 1), 0.94, 1),
    ]
    return "## What was aimed at and what was measured\n\n" + _table(("", "aim", "measured", ""), rows)


def _held_out(main: pl.DataFrame) -> str:
    """The main figures on the counties that no constant was chosen on."""
    seed = pl.col("county").str.extract(r"(\d+)$").cast(pl.Int64)
    apart = main.filter(seed >= CHOSEN_ON)
    large = apart.filter(pl.col("births") >= 400, pl.col("covered").is_not_null())
    honest, full = apart.filter(pl.col("group") == "honest"), apart.filter(pl.col("fraud").is_in(KINDS[:5]))
    counties = apart["county"].n_unique()
    covered, width, bias = _share(_mean(large, "covered")), _points(_mean(large, "width")), _points(_mean(large, "error"))
    alarms, high = _share(_mean(honest, "medium"), 2), _share(_mean(honest, "high_severity"), 2)
    return f"""Constants and minimum effects were chosen on counties with numbers below {CHOSEN_ON}. On the {counties}
honest and falsified counties that took no part in it: intervals {covered}, width {width}, bias {bias}; false alarms in honest
counties {alarms}, of high severity {high}; power of the five kinds {_share(_mean(full, "medium"))}. The stress settings were
looked at while the estimates were made (numbers 0 to 5)."""


def _aim(
    what: str, aim: str, value: float | None, low: float, high: float, wording: Callable[[float | None], str] | None = None
) -> tuple[str, ...]:
    return what, aim, (wording or _share)(value), _in(value, low, high)


def _in(value: float | None, low: float, high: float) -> str:
    return "–" if value is None else "met" if low - 1e-12 <= value <= high + 1e-12 else "**missed**"


def _county_covered(lines: list[dict[str, Any]]) -> float | None:
    counties = [(line["county"][0], line["county_truth"]) for line in lines if line["group"] in ("honest", "falsified")]
    inside = [
        figures["completeness_low"] <= truth <= figures["completeness_high"]
        for figures, truth in counties
        if figures["completeness_low"] is not None
    ]
    return sum(inside) / len(inside) if inside else None


def _pairs(lines: list[dict[str, Any]]) -> tuple[int, int, int]:
    of_rows = [line["planted"][0] for line in lines if line["group"] in ("honest", "falsified")]
    right = sum(line["found"] for line in of_rows)
    return right, right + sum(line["false"] for line in of_rows), sum(line["planted"] for line in of_rows)


def _intervals(main: pl.DataFrame) -> str:
    rows = []
    for kind in ("poor", "good", "invented", None):
        for size in [_band(*band) for band in SIZES]:
            part = main.filter(pl.col("size") == size, pl.col("kind") == kind if kind else pl.lit(True))
            if part.height:
                estimated = part.filter(pl.col("covered").is_not_null())
                rows.append(
                    (kind or "all", size, part.height, _share(estimated.height / part.height), _share(_mean(estimated, "covered")),
                     _points(_mean(estimated, "width")), _points(_mean(estimated, "error")))
                )  # fmt: skip
    head = ("townships", "births", "n", "estimated", "truth inside", "width, points", "bias, points")
    return f"""## Intervals of completeness

The truth is the realised share of the township's births that the register holds. *Invented* are townships with rows of nobody.
Townships of honest and of falsified counties together.

{_table(head, rows)}

![Share of townships whose 95 % interval holds the truth, by births](calibration/coverage.svg)"""


def _findings(main: pl.DataFrame) -> str:
    bands = ((0, 0.80), (0.80, 0.85), (0.85, 0.88), (0.88, 0.90), (0.90, 0.92), (0.92, 0.95), (0.95, 1.01))
    rows = []
    for low, high in bands:
        part = main.filter(pl.col("completeness").is_between(low, high, closed="left"))
        if part.height:
            name = f"under {high:.0%}" if low == 0 else f"{low:.0%} and more" if high > 1 else f"{low:.0%}–{high:.0%}"
            rows.append((name, part.height, _share(_mean(part, "below_target"))))
    return "## Completeness findings\n\nThe target is 90 %.\n\n" + _table(("true completeness", "townships", "flagged"), rows)


def _false_alarms(towns: pl.DataFrame, lines: list[dict[str, Any]]) -> str:
    honest = towns.filter(pl.col("group") == "honest")
    among = towns.filter(pl.col("group") == "falsified", pl.col("fraud").is_null())
    detectors = sorted({finding["detector"] for line in lines for finding in line["findings"]})
    rows = [
        ("any, medium or high", _share(_mean(honest, "medium"), 2), _share(_mean(among, "medium"), 2)),
        ("any, high", _share(_mean(honest, "high_severity"), 2), _share(_mean(among, "high_severity"), 2)),
    ]
    for name in detectors:
        flagged = pl.col("detectors").list.contains(name).alias("flagged")
        rows.append(
            (f"`{name}`", _share(_mean(honest.select(flagged), "flagged"), 2), _share(_mean(among.select(flagged), "flagged"), 2))
        )
    looks = [
        (name, part.height, _share(_mean(part, "medium")), _share(_mean(part, "high_severity")))
        for name in ("registration_drive", "real_effort")
        if (part := towns.filter(pl.col("lookalike") == name, pl.col("group").is_in(["honest", "falsified"]))).height
    ]
    return f"""## False alarms

Honest townships flagged, medium or high, by the families fabrication and rates. {honest.height:,} townships of honest counties,
{among.height:,} honest townships of falsified ones.

{_table(("detector", "honest counties", "honest townships among falsified"), rows)}

Two of a county's honest townships look odd: one registers in quarterly drives, one really tried to meet its targets.

{_table(("looks odd", "townships", "flagged", "high"), looks)}"""


def _power(towns: pl.DataFrame) -> str:
    rows = []
    for kind in KINDS:
        full, half = (towns.filter(pl.col("group") == group, pl.col("fraud") == kind) for group in ("falsified", "half"))
        if full.height:
            shares = (_share(_mean(full, column)) for column in ("medium", "high_severity", "silent"))
            rows.append((kind, full.height, *shares, half.height, _share(_mean(half, "medium"))))
    by_size = []
    for size in [_band(*band) for band in SIZES]:
        part = towns.filter(pl.col("group") == "falsified", pl.col("size") == size)
        cells = [part.filter(pl.col("fraud") == kind) for kind in KINDS]
        by_size.append((size, *(f"{_share(_mean(cell, 'medium'), 0)} ({cell.height})" if cell.height else "–" for cell in cells)))
    head = ("kind", "townships", "flagged", "of them high", "not estimable", "townships, half size", "flagged")
    return f"""## Power

Falsified townships flagged, medium or high, by the families fabrication and rates. Full size: half of each village-year's births
smoothed; two villages copied for three years; 8 % of village-months rounded; 30–45 % of missed targets moved; 3.5 % of rows
invented over all years (*fabricated*) or 1.5 % in the last three (*recent*, reported beside the five kinds).

{_table(head, rows)}

By the township's births (townships in brackets):

{_table(("births", *KINDS), by_size)}

![Share of falsified townships flagged, by size of fraud](calibration/dose.svg)"""


def _duplicates(lines: list[dict[str, Any]]) -> str:
    right, said, true = _pairs(lines)
    return f"""## Duplicates

Pairs of rows of the register said to be one birth, twins with placeholder names among them: {said:,} said, {true:,} true,
precision {right / max(said, 1):.3f}, recall {right / max(true, 1):.3f}. Second entries are copied whole (35 %), entered anew
by another clerk with half as many slips again (42 %), shifted by a year or two (18 %) or made in another township (5 %)."""


def _stress(towns: pl.DataFrame, lines: list[dict[str, Any]]) -> str:
    rows = []
    for group in sorted({line["group"] for line in lines if line["group"].startswith("stress")}):
        part = towns.filter(pl.col("group") == group, pl.col("births") >= 400)
        own = [line for line in lines if line["group"] == group]
        name, estimated = group.partition(":")[2].replace("_", " "), part["covered"].count() / max(part.height, 1)
        figures = (_share(_mean(part, "covered")), _points(_mean(part, "width")), _points(_mean(part, "error")))
        alarms = (_share(_mean(part, "medium")), _share(_mean(part, "high_severity")))
        rows.append((name, len(own), part.height, _share(estimated), *figures, *alarms, *_said(own)))
    calm = [line for line in lines if line["group"] in ("honest", "falsified")]
    rows.append(("*none (honest, falsified)*", len(calm), *["–"] * 7, *_said(calm)))
    head = (
        *(
            "setting",
            "counties",
            "townships",
            "estimated",
            "truth inside",
            "width, points",
            "bias, points",
            "honest flagged",
            "high",
        ),
        *("counties told that sources lean on each other", "townships told that links are in doubt"),
    )
    return f"""## Under stress

Honest counties of 12 townships whose make breaks an assumption, townships of 400 births or more, as they come out.

- *Heterogeneity*: how hard a birth is to catch varies 3.75 times as much as usual, for all sources alike.
- *Dependence*: odds ratio 3 between any two sources.
- *Fed*: the second reference copies 60 % of what the register has.
- *Link failure*: four times the slips, varying between townships by a factor of about 2.2 either way.

The report says which assumption fails (CMP-ASSUME): that one source seems to be fed by the other or that births are hard to catch
for all, for the county; that links are in doubt, for a township.

{_table(head, rows)}"""


def _said(lines: list[dict[str, Any]]) -> tuple[str, str]:
    """Shares of counties and of townships in which the audit said that an assumption fails."""
    flags = [
        outcome["area_code"]
        for line in lines
        for outcome in line["outcomes"]
        if outcome["detector"] == "assumptions" and outcome["outcome"] == "flag"
    ]
    townships = sum(len(line["townships"]) for line in lines)
    whole = sum(code is None for code in flags)
    return _share(whole / max(len(lines), 1)), _share((len(flags) - whole) / max(townships, 1))


def _reading() -> str:
    return """## How far this goes

A simulator holds only what its makers thought of. Real offices err in other ways, and their sources depend on each other in ways
that no figure here can tell. The dependence range printed beside every estimate is the honest answer to that. Rates of
false alarms hold for counties like these; where an office's records are kept in another way, they may not."""


def _draw_dose(towns: pl.DataFrame, pictures: Path) -> None:
    import altair as alt

    frame = (
        towns.filter(pl.col("fraud").is_not_null())
        .group_by("fraud", "scale")
        .agg(pl.col("medium").mean(), pl.len())
        .filter(pl.col("len") >= 4)
        .sort("fraud", "scale")
    )
    points = [{"kind": kind, "size": scale, "flagged": share} for kind, scale, share, _ in frame.iter_rows()]
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(point=True)
        .encode(
            x=alt.X("size:Q", title="size of the fraud (1 = full size)"),
            y=alt.Y("flagged:Q", title="townships flagged", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("kind:N", title=None, sort=list(KINDS)),
            strokeDash=alt.StrokeDash("kind:N", legend=None, sort=list(KINDS)),
        )
        .properties(width=480, height=280)
    )
    _save(chart, pictures / "dose.svg")


def _draw_coverage(main: pl.DataFrame, pictures: Path) -> None:
    import altair as alt

    edges = [150, 300, 400, 600, 900, 1400, 2200, 4000, 9000]
    points = []
    for low, high in pairwise(edges):
        for kind in ("poor", "good"):
            part = main.filter(
                pl.col("births").is_between(low, high - 1), pl.col("completeness_group") == kind, pl.col("covered").is_not_null()
            )
            if part.height >= 20:
                points.append({"births": (low * high) ** 0.5, "inside": _mean(part, "covered"), "townships": kind})
    base = alt.Chart(alt.Data(values=points))
    line = base.mark_line(point=True).encode(
        x=alt.X("births:Q", title="births of the township", scale=alt.Scale(type="log", nice=False)),
        y=alt.Y(
            "inside:Q", title="truth inside the interval", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0.7, 1], zero=False)
        ),
        color=alt.Color("townships:N", title=None),
        strokeDash=alt.StrokeDash("townships:N", title=None),
    )
    aim = alt.Chart(alt.Data(values=[{"aim": 0.95}])).mark_rule(strokeDash=[2, 4]).encode(y="aim:Q")
    _save((line + aim).properties(width=480, height=240), pictures / "coverage.svg")


def _save(chart: Any, path: Path) -> None:
    import vl_convert

    spec = chart.to_dict()
    spec["config"] = {**spec.get("config", {}), "aria": False, "font": "sans-serif"}
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
