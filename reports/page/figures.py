"""The figures of the page: each says in words what it shows and carries its data."""

import polars as pl

from reports.charts import caterpillar, funnel, histogram, months
from reports.charts.draw import many, svg
from reports.county import County
from reports.page.answer import names
from reports.page.parts import Cell, Figure, Picture, Table, cells
from reports.words import Words

WIDE, NARROW = 860, 200


def caterpillar_figure(county: County, words: Words) -> Figure:
    """Completeness of every township with its interval."""
    flagged = {finding["area_code"] for finding in county.findings if finding["code"] == "CMP-LOW"}
    known = [town for town in county.townships if town.coverage and town.coverage["completeness"] is not None]
    title, table = words.say("figure.caterpillar"), _coverage_table(county, words)
    if not known:
        reason = county.coverage["reason"] if county.coverage else "no_reference"
        return Figure(
            "caterpillar", title, words.say("figure.caterpillar.none", why=words.why_not(reason)), table=table, file="coverage.csv"
        )
    target = county.campaign["targets"]["completeness"]
    below = [town for town in known if town.coverage and town.coverage["completeness_high"] < target]
    said = {"target": words.percent(target, 0), "all": len(county.townships)}
    caption = (
        words.say("figure.caterpillar.below", number=len(below), names=names(below, words), **said)
        if below
        else words.say("figure.caterpillar.fine", **said)
    )
    if len(known) < len(county.townships):
        caption += words.say("figure.caterpillar.unknown", number=len(county.townships) - len(known))
    labels = county.labels()
    bars = [caterpillar.Bar(labels[town.area_code], town.coverage, town.area_code in flagged) for town in county.townships]
    low, high = caterpillar.domain(bars, target)
    pictures = [
        Picture(*(svg(caterpillar.caterpillar(bars, county.coverage, target, words, wide), wide) for wide in (WIDE, NARROW)))
    ]
    key = [(name, words.say(f"key.{name}")) for name in ("estimate", "flagged", "unknown", "county", "target")]
    note = words.say("figure.caterpillar.scale", low=f"{low:g}", high=f"{high:g}")
    return Figure("caterpillar", title, caption, pictures, key, table, "coverage.csv", note)


def _coverage_table(county: County, words: Words) -> Table:
    wanted = ("registered", "completeness", "completeness_interval", "remark")
    columns = [(words.say("column.township"), False), *((words.say(f"column.{name}"), name != "remark") for name in wanted)]
    rows = []
    for town in county.townships:
        row = town.coverage
        if row is not None:
            known = row["completeness"] is not None
            share = words.percent(row["completeness"]) if known else "—"
            limits = words.bare_interval(row["completeness_low"], row["completeness_high"])
            rows.append(cells(town.name, words.number(row["registered"]), share, limits, words.basis(row)))
    return Table("caterpillar-data", words.say("figure.caterpillar"), columns, rows)


def funnel_figure(county: County, words: Words) -> Figure:
    """Published birth rates against the county's by size."""
    points = funnel.points(county)
    title = words.say("figure.funnel")
    if points.is_empty():
        return Figure("funnel", title, words.say("figure.funnel.none"))
    codes = set(points.filter(pl.col("flagged").fill_null(False))["area_code"])
    out = [town for town in county.townships if town.area_code in codes]
    caption = (
        words.say("figure.funnel.out", number=len(out), all=points.height, names=names(out, words))
        if out
        else words.say("figure.funnel.fine", all=points.height)
    )
    drawn = county.figures.filter(pl.col("figure") == "birth_rate_funnel", pl.col("area_code").is_null())["series"].unique()
    key = [("estimate", words.say("key.township")), ("flagged", words.say("key.outside"))]
    key += [(series, words.say(f"key.{series}")) for series in funnel.CURVES if series in drawn]
    wanted = ("expected_births", "ratio", "limits", "judged")
    columns = [(words.say("column.township"), False), *((words.say(f"column.{name}"), name != "judged") for name in wanted)]
    rows = [
        cells(
            row["township"],
            words.number(row["x"], 1),
            words.number(row["y"], 3),
            words.bare_interval(row["low"], row["high"], 1, 3),
            words.say("outside" if row["flagged"] else "inside"),
        )
        for row in points.iter_rows(named=True)
    ]
    table = Table("funnel-data", title, columns, rows)
    return Figure(
        "funnel",
        title,
        caption,
        [Picture(*(svg(funnel.funnel(county, words, wide), wide) for wide in (WIDE, NARROW)))],
        key,
        table,
        "figures.csv",
        words.say("figure.funnel.note"),
    )


def months_figure(county: County, words: Words) -> Figure:
    """Monthly returns of every township against their expected band."""
    frame = months.returns(county)
    title = words.say("figure.months")
    if frame.is_empty():
        return Figure("months", title, words.say("figure.months.none"))
    labels = county.labels(24)
    pictures = [Picture(drawn, label=labels.get(code, code)) for code, drawn in months.small_multiples(county)]
    flagged = frame.filter(pl.col("flagged").fill_null(False))
    gaps = frame["y"].null_count()
    codes = set(flagged["area_code"])
    where = [town for town in county.townships if town.area_code in codes]
    caption = (
        words.say("figure.months.some", number=flagged.height, townships=len(where), gaps=gaps)
        if where
        else words.say("figure.months.fine", gaps=gaps)
    )
    key = [(name, words.say(f"key.{name}")) for name in ("line", "band", "flagged_month")]
    note = words.say("figure.months.scale")
    return Figure("months", title, caption, pictures, key, _months_table(county, frame, words), "figures.csv", note)


def _months_table(county: County, frame: pl.DataFrame, words: Words) -> Table:
    """A row per township and year; flagged months carry ▼, months without a return a dash."""
    names = {town.area_code: town.name for town in county.townships}
    columns = [
        (words.say("column.township"), False),
        (words.say("column.year"), True),
        *((str(month), True) for month in range(1, 13)),
    ]
    rows = []
    held: dict[tuple[str, str], dict[int, tuple[float | None, bool | None]]] = {}
    for code, period, count, flag in frame.select("area_code", "period", "y", "flagged").iter_rows():
        held.setdefault((code, period[:4]), {})[int(period[5:7])] = (count, flag)
    for (code, year), by_month in held.items():
        values = (by_month.get(month, (None, False)) for month in range(1, 13))
        shown = [Cell("—") if count is None else Cell(f"{count:g}{'▼' if flag else ''}") for count, flag in values]
        rows.append([Cell(names.get(code, code)), Cell(year), *shown])
    return Table("months-data", words.say("figure.months"), columns, rows)


def histogram_figure(county: County, words: Words) -> list[Figure]:
    """Indicator values around their targets."""
    counts = histogram.binned(county)
    title = words.say("figure.histogram")
    if counts.is_empty():
        return [Figure("histogram", title, words.say("figure.histogram.none"))]
    draw = many(histogram.histogram(words))
    pictures, rows, said = [], [], []
    for (series,), held in counts.group_by("series", maintain_order=True):
        below, above = histogram.sides(held)
        said.append(words.say("figure.histogram.sides", indicator=series, below=below, above=above))
        pictures.append(Picture(draw(histogram.values(held)), label=str(series)))
        edges = [(row["bin"] * histogram.BIN, (row["bin"] + 1) * histogram.BIN, row["count"]) for row in held.iter_rows(named=True)]
        rows += [cells(series, f"{low:+g}", f"{high:+g}", words.number(count)) for low, high, count in edges]
    columns = [
        (words.say("column.indicator"), False),
        *((words.say(f"column.{name}"), True) for name in ("bin_from", "bin_to", "figures")),
    ]
    table = Table("histogram-data", title, columns, rows)
    key = [(name, words.say(f"key.{name}")) for name in ("bar", "near_target")]
    return [
        Figure(
            "histogram",
            title,
            words.say("semicolon").join(said),
            pictures,
            key,
            table,
            "figures.csv",
            words.say("figure.histogram.note"),
        )
    ]
