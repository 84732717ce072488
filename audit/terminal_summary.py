"""The end of ``run`` and ``demo`` on the screen: figures, townships with the most wrong first, what to do next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.commands.state import shown, typed
from audit.terminal import Terminal
from audit.terminal_tables import Column, show_table
from expectations.catalogue import Catalogue

if TYPE_CHECKING:
    from audit.runs.summary import Summary

WORST = 8
LARGE_PAGE = 5_000_000  # bytes
FEW = 3  # counties of which each has its own lines
MOST = 20  # counties in a table; the page over them has all


def show_summary(terminal: Terminal, words: Catalogue, summary: "Summary") -> None:
    """The county's figures, findings by severity and how often nothing could be said."""
    if len(summary.counties) > FEW:
        _show_counties(terminal, words, summary)
    for row in summary.counties if len(summary.counties) <= FEW else ():
        if len(summary.counties) > 1:
            terminal.print(terminal.style(terminal.tidy(row["county"]), "bold"))
        for line in _county_lines(words, row):
            terminal.paragraph(line, "  ", "    ")
    terminal.paragraph(findings_line(words, summary.tally, summary.not_estimable, summary.rows), "  ", "    ")


def show_townships(terminal: Terminal, words: Catalogue, summary: "Summary", most: int = WORST) -> None:
    """Townships with the most wrong first, and how many are not shown."""
    severities = list(summary.tally)
    several = len(summary.counties) > 1
    titles = [words.text(f"cli.summary.column.{name}") for name in ("township", "registered", "completeness", "interval")]
    titles += [*(words.code("severity", severity) for severity in severities), words.text("cli.summary.column.rows")]
    cells = [
        [
            f"{item.county}{item.township}" if several else item.township,
            "—" if item.registered is None else words.number(item.registered),
            words.percent(item.completeness) if item.completeness is not None else words.text("cli.summary.unknown"),
            interval(item.low, item.high),
            *(str(item.findings[severity]) for severity in severities),
            str(item.rows),
        ]
        for item in summary.townships[:most]
    ]
    show_table(
        terminal, [Column(title, right=index > 0, optional=index in (1, 6, 7)) for index, title in enumerate(titles)], cells, "  "
    )
    if len(summary.townships) > most:
        terminal.print(terminal.tidy("  " + words.text("cli.summary.more", n=len(summary.townships) - most)))
    terminal.paragraph(words.text("cli.summary.legend"), "  ", "  ")


def show_next(terminal: Terminal, words: Catalogue, folder: Path, finding: str | None, counties: Sequence[str] = ()) -> None:
    """Where the report is, commands to copy, and as the last line the run folder alone.

    Args:
        terminal: where to.
        words: the language.
        folder: the run folder.
        finding: id of the finding to explain, or none.
        counties: of several, whose pages the page over them links to.
    """
    pages = sorted((folder / "reports").glob("*.html"))
    if len(counties) > FEW:
        pages = [page for page in pages if not page.name.startswith(tuple(f"{county}-" for county in counties))] or pages[:1]
    terminal.print("", terminal.style(terminal.tidy(words.text("cli.summary.next")), "bold"))
    commands = [f"hecha findings {typed(folder)}", f"hecha coverage {typed(folder)}"]
    if finding is not None:
        commands.insert(1, f"hecha explain {finding} --run {typed(folder)}")
    for page in pages:  # a line of its own each, so that a path stays whole on a narrow terminal
        terminal.print(terminal.tidy("  " + words.text("cli.summary.page")), terminal.tidy(f"  {shown(page)}"))
        warn_if_large(terminal, words, page)
    terminal.print(*(terminal.tidy(f"  {command}") for command in commands), "", shown(folder))


def warn_if_large(terminal: Terminal, words: Catalogue, page: Path) -> None:
    """Say of a page that it will be slow to open."""
    if (size := page.stat().st_size) > LARGE_PAGE:
        terminal.paragraph(words.text("cli.summary.large_page", mb=size // 1_000_000), "  ")


def _show_counties(terminal: Terminal, words: Catalogue, summary: "Summary") -> None:
    """Counties that cannot be relied on, in the order of the campaign: no ranking.

    Those with findings about figures, high or medium, or whose completeness cannot be told.
    """
    names = ("county", "registered", "completeness", "interval")
    severities = [severity for severity in summary.tally if severity != "low"]
    titles = [words.text(f"cli.summary.column.{name}") for name in names]
    titles += [*(words.code("severity", severity) for severity in severities), words.text("cli.summary.column.reason")]
    cells = []
    for row in summary.counties:
        found = [sum(town.findings[name] for town in summary.townships if town.county == row["county"]) for name in severities]
        if not any(found) and row["completeness"] is not None:
            continue
        known = row["completeness"] is not None
        cells.append(
            [
                row["county"],
                words.number(row["registered"]),
                words.percent(row["completeness"]) if known else words.text("cli.summary.unknown"),
                interval(row["completeness_low"], row["completeness_high"]),
                *map(str, found),
                words.code("reason", row["reason"]) if row["reason"] and not known else "",
            ]
        )
    sure = len(summary.counties) - len(cells)
    terminal.paragraph(words.text("cli.summary.counties", all=len(summary.counties), n=len(cells)), "  ", "    ")
    last = len(titles) - 1
    columns = [Column(title, right=0 < at < last, optional=at == 1, text=at == last) for at, title in enumerate(titles)]
    show_table(terminal, columns, cells[:MOST], "  ")
    if len(cells) > MOST:
        terminal.print(terminal.tidy("  " + words.text("cli.summary.more", n=len(cells) - MOST)))
    if sure:
        terminal.paragraph(words.text("cli.summary.counties_without", n=sure), "  ", "    ")


def findings_line(words: Catalogue, tally: dict[str, int], not_estimable: int, rows: int) -> str:
    """How many findings there are and how often nothing could be said; never that all is well."""
    said = words.text("cli.findings.join").join(f"{words.code('severity', severity)} {n}" for severity, n in tally.items())
    if not sum(tally.values()):
        return words.text("cli.findings.none", n=not_estimable)
    return words.text("cli.findings.counts", total=sum(tally.values()), said=said, rows=rows, n=not_estimable)


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval in a column that says so: 91.0–95.2."""
    return "—" if low is None or high is None else f"{low * 100:.1f}–{high * 100:.1f}"


def _county_lines(words: Catalogue, row: dict[str, Any]) -> Sequence[str]:
    lines = [words.text("cli.summary.registered", n=row["registered"])]
    if row["completeness"] is None:
        reason = words.code("reason", row["reason"]) if row["reason"] else words.text("cli.summary.unknown")
        return [*lines, words.text("cli.summary.no_completeness", reason=reason)]
    share = words.percent(row["completeness"])
    range_ = words.interval(row["completeness_low"], row["completeness_high"])
    return [*lines, words.text("cli.summary.completeness", share=share, interval=range_)]
