"""``runs``, ``findings``, ``coverage``: what runs there are and what one of them says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import (
    FileName,
    OneOf,
    Whole,
    at_or_above,
    chosen,
    command,
    county_option,
    detector_option,
    fail_on_option,
    family_option,
    format_option,
    run_argument,
    township_option,
)
from audit.commands.state import State, runs_folder, shown
from audit.terminal_summary import findings_line
from audit.terminal_tables import Column, show_rows, show_table
from expectations.catalogue import Catalogue
from expectations.codes import DOUBTFUL_METHODS, LEVELS, SEVERITIES

if TYPE_CHECKING:
    import polars as pl


@command("runs")
@click.argument("folder", type=FileName("dir"), required=False)
@format_option()
def runs(state: State, folder: Path | None, form: str) -> int:
    """List the runs of a folder."""
    from audit.runs.read import listed

    folder, words = folder or runs_folder(), state.words
    rows = [summary_row(item.folder, item.record) for item in listed(folder)]
    if form != "table":
        show_rows(state.terminal, form, rows, ("run", "date", "name", "year", "findings", "not_estimable", "status", "folder"))
    elif not rows:
        state.terminal.print(words.text("cli.runs.none", path=state.terminal.tidy(shown(folder))))
    else:
        columns = [words.text(f"cli.runs.column.{name}") for name in ("run", "date", "findings", "not_estimable", "name")]
        cells = [[row["run"], row["date"], str(row["findings"]), str(row["not_estimable"]), row["name"]] for row in rows]
        titles = [Column(title, right=index in (2, 3), text=index == 4) for index, title in enumerate(columns)]
        show_table(state.terminal, titles, cells)
    return 0


@command("findings")
@run_argument
@county_option
@township_option
@detector_option
@family_option
@click.option("--severity", "severities", multiple=True, type=OneOf(*SEVERITIES))
@click.option("--year", type=Whole(1900, 2999))
@fail_on_option
@format_option()
def findings(state: State, run: Path | None, fail_on: str, form: str, year: int | None, **kept: Any) -> int:
    """List findings."""
    from audit.runs import answers, query

    whole = state.read(chosen(run))
    found = query.find(whole, query.Filters(**kept, year=year))
    given = answers.latest(answers.beside(whole))
    if form == "table":
        show_findings(state, query.by_weight(found), {key: answer.outcome for key, answer in given.items()})
        not_estimable = query.silent(whole).height
        rows = int((found["subject"] == "row").sum())
        state.terminal.print("")
        state.terminal.paragraph(findings_line(state.words, query.tally(found), not_estimable, rows))
    else:
        told = (
            {**row, "answer": given[row["finding_id"]].outcome if row["finding_id"] in given else None} for row in query.rows(found)
        )
        show_rows(state.terminal, form, told, [*found.columns, "answer"])
    return 1 if found["severity"].is_in(at_or_above(fail_on)).any() else 0


@command("coverage")
@run_argument
@click.option("--level", multiple=True, type=OneOf(*LEVELS))
@county_option
@township_option
@click.option("--year", type=Whole(1900, 2999))
@format_option()
def coverage(
    state: State,
    run: Path | None,
    level: tuple[str, ...],
    counties: tuple[str, ...],
    townships: tuple[str, ...],
    year: int | None,
    form: str,
) -> int:
    """Completeness and unreported births per area and year."""
    from audit.runs import query

    whole = state.read(chosen(run))
    levels = level or (("township_year",) if year is not None else ("township",) if townships else ("county", "township"))
    frame = query.cover(whole, levels, townships, year, counties)
    if form == "table":
        show_coverage(state, frame, int(whole.record["campaign"].get("minimum_cell", 10)))
    else:
        show_rows(state.terminal, form, query.rows(frame), frame.columns)
    return 0


def show_findings(state: State, found: "pl.DataFrame", answered: dict[str, str]) -> None:
    """Findings as a table: what is known of each in one line, and its sentence."""
    words = state.words
    names = ("id", "severity", "area", "period", "code", "message")
    columns = [
        Column(
            words.text(f"cli.findings.column.{name}"),
            text=name == "message",
            style=_severity(words) if name == "severity" else None,
        )
        for name in names
    ]
    cells = []
    several = found["county"].n_unique() > 1
    for row in found.iter_rows(named=True):
        said = sentence(words, row)
        if row["finding_id"] in answered:
            said += words.text("cli.findings.answered", answer=words.code("answer", answered[row["finding_id"]]))
        cells.append(
            [
                row["finding_id"],
                words.code("severity", row["severity"]),
                place(row, several),
                row["period"] or "",
                row["code"],
                said,
            ]
        )
    if cells:
        show_table(state.terminal, columns, cells)


def show_coverage(state: State, frame: "pl.DataFrame", minimum: int) -> None:
    """Coverage as a table; a withheld count says so, an estimate that is not there says why."""
    words = state.words
    names = ("area", "period", "registered", "completeness", "interval", "unreported", "remark")
    columns = [
        Column(
            words.text(f"cli.coverage.column.{name}"),
            right=name not in ("area", "period", "remark"),
            optional=name in ("registered", "unreported"),
            text=name == "remark",
        )
        for name in names
    ]
    cells = []
    several = frame["county"].n_unique() > 1
    for row in frame.iter_rows(named=True):
        low, high = row["completeness_low"], row["completeness_high"]
        cells.append(
            [
                place(row, several),
                str(row["birth_year"] or "") + (words.code("sex", row["sex"]) if row["sex"] else ""),
                words.number(row["registered"]),
                words.percent(row["completeness"]),
                "—" if low is None or high is None else f"{low * 100:.1f}–{high * 100:.1f}",
                unreported(words, row, minimum),
                remark(words, row),
            ]
        )
    if all(cell[1] == "" for cell in cells):
        columns, cells = columns[:1] + columns[2:], [cell[:1] + cell[2:] for cell in cells]
    show_table(state.terminal, columns, cells)


def place(row: dict[str, Any], several: bool) -> str:
    """A row's area; of several counties with the county's name, for townships of two counties may be called alike."""
    if row["township"] is None:
        return str(row["county"])
    return f"{row['county']} {row['township']}" if several else str(row["township"])


def remark(words: Catalogue, row: dict[str, Any]) -> str:
    """Why there is no completeness, or which of its assumptions is in doubt."""
    if not row["reason"]:
        return words.code("method", row["method"]) if row["method"] in DOUBTFUL_METHODS else ""
    reason = words.code("reason", row["reason"])
    return reason if row["completeness"] is None else words.text("cli.coverage.in_doubt", reason=reason)


def unreported(words: Catalogue, row: dict[str, Any], minimum: int) -> str:
    """Births seen elsewhere and not in the register: about so many, fewer than the minimum, or nothing to say."""
    if row["withheld"]:
        return words.text("cli.coverage.withheld", n=minimum)
    count = row["unreported_at_least"]
    return "—" if count is None else words.text("cli.coverage.about", n=count)


def sentence(words: Catalogue, row: dict[str, Any]) -> str:
    """A finding's sentence in the language spoken; the run's own when the catalogue has none."""
    from audit.runs.wording import reworded

    return reworded(words, row)


def summary_row(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """One run, from its record."""
    detectors = record.get("detectors", [])
    return {
        "run": folder.name,
        "date": str(record.get("date", "")),
        "name": str(record.get("campaign", {}).get("name", "")),
        "year": record.get("campaign", {}).get("year"),
        "findings": sum(entry.get("findings", 0) for entry in detectors),
        "not_estimable": sum(entry.get("not_estimable", 0) for entry in detectors),
        "status": record.get("status"),
        "folder": shown(folder),
    }


def _severity(words: Catalogue) -> Any:
    return {words.code("severity", severity): severity for severity in SEVERITIES}.get


COMMANDS = (runs, findings, coverage)
