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


def show_summary(terminal: Terminal, words: Catalogue, summary: "Summary") -> None:
    """The county's figures, findings by severity and how often nothing could be said."""
    for row in summary.counties:
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


def show_next(terminal: Terminal, words: Catalogue, folder: Path, finding: str | None) -> None:
    """Where the report is, commands to copy, and as the last line the run folder alone."""
    pages = sorted((folder / "reports").glob("*.html"))
    terminal.print("", terminal.style(terminal.tidy(words.text("cli.summary.next")), "bold"))
    commands = [f"hecha findings {typed(folder)}", f"hecha coverage {typed(folder)}"]
    if finding is not None:
        commands.insert(1, f"hecha explain {finding} --run {typed(folder)}")
    for page in pages:  # a line of its own each, so that a path stays whole on a narrow terminal
        terminal.print(terminal.tidy("  " + words.text("cli.summary.page")), terminal.tidy(f"  {shown(page)}"))
    terminal.print(*(terminal.tidy(f"  {command}") for command in commands), "", shown(folder))


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
