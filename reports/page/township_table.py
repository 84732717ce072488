"""The table of townships, in order of area code, and the list of findings."""

from typing import Final

from expectations.codes import FAMILIES, SEVERITIES
from reports.county import County
from reports.page.parts import Cell, Table, cells
from reports.page.sections import signs, unreported_cell
from reports.words import Words

INLINE: Final = 200  # findings shown on the page; the rest stand in findings.csv


def township_table(county: County, workbooks: dict[str, str], words: Words) -> Table:
    """One row per township."""
    numbers = ("registered", "births", "completeness", "completeness_interval", "unreported")
    columns = [(words.say("column.township"), False), *((words.say(f"column.{name}"), True) for name in numbers)]
    columns += [(words.code("severity", severity), True) for severity in reversed(SEVERITIES)]
    columns += [(words.say("column.row_findings"), True), (words.code("outcome", "not_estimable"), True)]
    rows = []
    for town in county.townships:
        row = town.coverage
        dash = Cell("—", kind="none")
        held = [dash] * len(numbers)
        if row is not None:
            unknown, why = (
                Cell(words.code("outcome", "not_estimable"), kind="none"),
                Cell(words.why_not(row["reason"]), kind="none"),
            )
            known = row["completeness"] is not None
            held = [
                Cell(words.number(row["registered"]), row["registered"]),
                Cell(words.number(row["births"]), row["births"]) if known else unknown,
                Cell(words.percent(row["completeness"]), row["completeness"], round(row["completeness"] * 100)) if known else why,
                Cell(words.bare_interval(row["completeness_low"], row["completeness_high"]), row["completeness_low"]),
                unreported_cell(row, words),
            ]
        unclear = sum(outcome["outcome"] == "not_estimable" for outcome in town.outcomes)
        name = Cell(town.name, link=workbooks[town.area_code])
        figures = [finding for finding in town.findings if finding["subject"] != "row"]
        about_rows = len(town.findings) - len(figures)
        counts = [Cell(words.number(number), number) for number in (about_rows, unclear)]
        rows.append([name, *held, *signs(figures), *counts])
    return Table("township-table", words.say("table.townships"), columns, rows, sortable=True)


def findings_table(county: County, words: Words) -> Table:
    """Findings about figures, then about rows, each by severity; record ids stand in the township's workbook only."""
    shown = sorted(county.findings, key=lambda finding: finding["subject"] == "row")[:INLINE]
    names = ("severity", "township", "family", "problem", "period", "detector", "finding_id")
    columns = [(words.say(f"column.{name}"), False) for name in names]
    rank = {severity: index for index, severity in enumerate(SEVERITIES)}
    rows = [
        cells(
            Cell(words.severity(finding["severity"]), rank[finding["severity"]], kind=finding["severity"]),
            finding["township"] or words.say("no_township"),
            words.code("family", finding["family"]),
            words.sentence(finding),
            finding["period"] or "—",
            words.title(finding["detector"]),
            Cell(finding["finding_id"], kind="id"),
        )
        for finding in shown
    ]
    filters = [
        (0, words.say("column.severity"), [words.severity(severity) for severity in reversed(SEVERITIES)]),
        (1, words.say("column.township"), list(dict.fromkeys(row[1].text for row in rows))),
        (2, words.say("column.family"), [words.code("family", family) for family in FAMILIES]),
    ]
    present = [
        (column, label, [choice for choice in choices if any(row[column].text == choice for row in rows)])
        for column, label, choices in filters
    ]
    numbers = {"shown": words.number(len(shown)), "all": words.number(len(county.findings))}
    caption = words.say("table.findings" if len(shown) < len(county.findings) else "table.findings.all", **numbers)
    return Table("findings-table", caption, columns, rows, sortable=True, filters=present)
