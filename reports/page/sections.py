"""The four sections of figures: completeness, the register against itself, against other sources, returns and indicators."""

from collections import Counter
from typing import Final

from expectations.codes import SEVERITIES
from reports.county import County, Row, Township
from reports.page.answer import names
from reports.page.figures import caterpillar_figure, funnel_figure, histogram_figure, months_figure
from reports.page.parts import Cell, Figure, Section, Table, cells
from reports.words import SYMBOLS, Words

_FAMILIES: Final = {
    "completeness": ("completeness",),
    "consistency": ("validity", "duplicates", "timeliness"),
    "comparison": ("rates",),
    "returns": ("fabrication",),
}


def sections(county: County, words: Words) -> list[Section]:
    """The sections in order."""
    blocks: dict[str, list[Figure | Table]] = {
        "completeness": [caterpillar_figure(county, words), completeness_by_year(county, words), _county_table(county, words)],
        "consistency": [_detector_table(county, "consistency", words), _timeliness_table(county, words)],
        "comparison": [funnel_figure(county, words), _rates_table(county, words), _detector_table(county, "comparison", words)],
        "returns": [months_figure(county, words), *histogram_figure(county, words), _detector_table(county, "returns", words)],
    }
    paragraphs = {name: [words.say(f"section.{name}.about")] for name in blocks}
    if county.coverage and county.coverage["dependence_low"] is not None:
        paragraphs["completeness"].append(_dependence(county.coverage, words))
    paragraphs["completeness"] += _doubtful(county, words)
    return [
        Section(
            name,
            words.say(f"section.{name}"),
            paragraphs[name],
            [block for block in held if not isinstance(block, Table) or block.rows],
        )
        for name, held in blocks.items()
    ]


def _doubtful(county: County, words: Words) -> list[str]:
    """Townships by the assumption of their estimate that did not hold."""
    by_basis: dict[str, list[Township]] = {}
    for town in county.townships:
        if town.coverage and words.is_doubtful(town.coverage):
            by_basis.setdefault(words.basis(town.coverage), []).append(town)
    return [words.say("doubtful", word=word, number=len(held), names=names(held, words)) for word, held in by_basis.items()]


def _dependence(whole: Row, words: Words) -> str:
    limits = {"low": words.percent(whole["dependence_low"]), "high": words.percent(whole["dependence_high"])}
    if whole["over_coverage"] is None:
        return words.say("dependence", **limits)
    over = {
        "over": words.percent(whole["over_coverage"]),
        "over_interval": words.interval(whole["over_coverage_low"], whole["over_coverage_high"]),
    }
    return words.say("dependence_over", **limits, **over)


def completeness_by_year(county: County, words: Words) -> Table:
    """Township by birth year: completeness in words and as a bar; no rows when nothing could be estimated, as the figure says."""
    years = (
        county.birth_years
        if any(row["completeness"] is not None for town in county.townships for row in town.years.values())
        else []
    )
    columns = [(words.say("column.township"), False), *((str(year), True) for year in years), (words.say("all_years"), True)]
    rows: list[list[Cell]] = []
    if not years:
        return Table("by-year", words.say("table.by_year"), columns, rows)
    for town in county.townships:
        held = [completeness_cell(town.years.get(year), words) for year in years]
        rows.append([Cell(town.name), *held, completeness_cell(town.coverage, words)])
    by_year = {row["birth_year"]: row for row in county.years}
    whole = [completeness_cell(by_year.get(year), words) for year in years]
    rows.append([Cell(words.code("level", "county")), *whole, completeness_cell(county.coverage, words)])
    every = [*(row for town in county.townships for row in (town.coverage, *town.years.values())), *county.years, county.coverage]
    why = dict.fromkeys(row["reason"] for row in every if row and row["completeness"] is None and row["reason"])
    reasons = words.say("semicolon").join(words.code("reason", reason) for reason in why)
    unknown = words.say("semicolon") + words.say("table.by_year.unknown", reasons=reasons) if reasons else ""
    return Table("by-year", words.say("table.by_year") + unknown, columns, rows)


def completeness_cell(row: Row | None, words: Words) -> Cell:
    """A share with its bar, or that there is none; the caption says why."""
    if row is None:
        return Cell("—", kind="none")
    if row["completeness"] is None:
        return Cell(words.code("outcome", "not_estimable"), kind="none")
    return Cell(words.percent(row["completeness"]), row["completeness"], share=round(row["completeness"] * 100))


def _county_table(county: County, words: Words) -> Table:
    """The county by year and by sex, with intervals."""
    names = ("registered", "births", "births_interval", "completeness", "completeness_interval", "unreported")
    columns = [(words.say("column.group"), False), *((words.say(f"column.{name}"), True) for name in names)]
    rows = [(str(row["birth_year"]), row) for row in county.years]
    rows += [(words.code("sex", row["sex"]), row) for row in county.sexes]
    if county.coverage:
        rows.append((words.say("all_years"), county.coverage))
    held = [cells(label, *estimate_cells(row, words)) for label, row in rows]
    if not any(row["completeness"] is not None or row["withheld"] for _, row in rows):  # the figure above says why
        columns, held = columns[:2], [row[:2] for row in held]
    return Table("county-figures", words.say("table.county"), columns, held)


def estimate_cells(row: Row, words: Words) -> list[Cell]:
    """Registered, births with interval, completeness with interval, unreported: worded, never blank; the reason once."""
    known = row["completeness"] is not None
    share = Cell(words.percent(row["completeness"]), share=round(row["completeness"] * 100)) if known else None
    return [
        Cell(words.number(row["registered"])),
        Cell(words.number(row["births"])) if known else Cell(words.code("outcome", "not_estimable"), kind="none"),
        Cell(words.bare_interval(row["births_low"], row["births_high"], 1, 0)),
        share or Cell(words.why_not(row["reason"]), kind="none"),
        Cell(words.bare_interval(row["completeness_low"], row["completeness_high"])),
        unreported_cell(row, words),
    ]


def unreported_cell(row: Row, words: Words) -> Cell:
    """Births seen elsewhere and not in the register, as they may be shown; why there is no number stands beside."""
    value = row["unreported_at_least"]
    if value is None and not row["withheld"]:
        return Cell(words.code("outcome", "not_estimable"), kind="none")
    return Cell(words.unreported(row), value)


def _detector_table(county: County, section: str, words: Words) -> Table:
    """Findings of a section's detectors by township and severity."""
    families = _FAMILIES[section]
    found = Counter((finding["detector"], finding["severity"]) for finding in county.findings if finding["family"] in families)
    places: dict[str, set[str]] = {}
    for finding in county.findings:
        places.setdefault(finding["detector"], set()).add(finding["township"] or "")
    order = [entry["detector"] for entry in county.record["detectors"] if entry["family"] in families]
    columns = [(words.say("column.detector"), False)]
    columns += [(words.severity(severity), True) for severity in reversed(SEVERITIES)] + [
        (words.say("column.townships_flagged"), True)
    ]
    rows = []
    for detector in order:
        counts = [found[detector, severity] for severity in reversed(SEVERITIES)]
        if any(counts):
            rows.append(cells(words.title(detector), *(words.number(count) for count in counts), len(places[detector])))
    return Table(f"found-{section}", words.say("table.found", section=words.say(f"section.{section}")), columns, rows)


def _timeliness_table(county: County, words: Words) -> Table:
    """Township by birth year: share registered within the target time."""
    days = f"{county.campaign['targets']['timely_days']:g}"
    years = county.birth_years
    columns = [(words.say("column.township"), False), *((str(year), True) for year in years)]
    rows = [[Cell(town.name), *(_timely(town, year, words) for year in years)] for town in county.townships if town.timeliness]
    return Table("timeliness", words.say("table.timeliness", days=days), columns, rows)


def _timely(town: Township, year: int, words: Words) -> Cell:
    row = town.timeliness.get(year)
    if row is None:
        return Cell("—", kind="none")
    if row["within_target"] is None:
        return Cell(words.say("too_early"), kind="none")
    return Cell(words.percent(row["within_target"]), share=round(row["within_target"] * 100))


def _rates_table(county: County, words: Words) -> Table:
    """Birth rates: what the register implies, what the estimate implies, what was published."""
    names = ("implied_birth_rate", "corrected_birth_rate", "published_birth_rate")
    columns = [(words.say("column.township"), False), *((words.say(f"column.{name}"), True) for name in names)]
    held = [(town.name, town.coverage) for town in county.townships] + [(words.code("level", "county"), county.coverage)]
    rows = [
        cells(label, *(words.number(row[name], 2) if row[name] is not None else Cell("—", kind="none") for name in names))
        for label, row in held
        if row is not None and any(row[name] is not None for name in names)
    ]
    return Table("rates", words.say("table.rates"), columns, rows)


def signs(findings: list[Row]) -> list[Cell]:
    """Counts of findings, high first, each with its sign."""
    counts = Counter(finding["severity"] for finding in findings)
    return [
        Cell(
            f"{SYMBOLS[severity]} {counts[severity]}" if counts[severity] else "0",
            counts[severity],
            kind=severity if counts[severity] else "",
        )
        for severity in reversed(SEVERITIES)
    ]
