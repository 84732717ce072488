"""``diff`` on a terminal and for programs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from audit.runs.wording import reworded
from audit.terminal_tables import Column, show_table

if TYPE_CHECKING:
    from audit.commands.state import State
    from audit.runs.diff import Diff
    from expectations.run import Run

_MOST = 15
_ROW = (
    *("kind", "state", "finding_id", "answer", "severity", "county", "level", "area_code", "township", "birth_year", "sex"),
    *("before", "after", "change", "low", "high", "into", "message"),
)


def show_diff(state: "State", told: "Diff", before: "Run", after: "Run") -> None:
    """Townships first, for they decide what can be compared; then completeness; then findings."""
    terminal, words = state.terminal, state.words
    terminal.print(terminal.tidy(f"{_name(before)}  →  {_name(after)}"))
    for area in told.areas:
        terminal.paragraph(
            words.text(f"cli.diff.area.{area.kind}", name=area.name, code=area.area_code, into=area.into), "  ", "    "
        )
    _heading(state, "completeness")
    _show_changes(state, told)
    _heading(state, "findings")
    counts = dict(told.findings.group_by("state").len().iter_rows())
    answered = told.findings["answer"].drop_nulls().len()
    numbers = {name: counts.get(name, 0) for name in ("new", "gone", "persisting")}
    terminal.paragraph(words.text("cli.diff.counts", **numbers, answered=answered), "  ", "    ")
    rows = told.findings.filter(told.findings["state"] != "persisting") if numbers["new"] + numbers["gone"] else told.findings
    titles = [
        Column(words.text(f"cli.diff.column.{name}"), text=name == "message")
        for name in ("state", "id", "severity", "area", "message")
    ]
    cells = [
        [
            words.text(f"cli.diff.state.{row['state']}"),
            row["finding_id"],
            words.code("severity", row["severity"]),
            row["township"] or row["county"],
            reworded(words, row)
            + (words.text("cli.findings.answered", answer=words.code("answer", row["answer"])) if row["answer"] else ""),
        ]
        for row in rows.head(_MOST).iter_rows(named=True)
    ]
    if cells:
        show_table(terminal, titles, cells, "  ")
    if rows.height > _MOST:
        terminal.paragraph(words.text("cli.diff.more", n=rows.height - _MOST), "  ")


def diff_rows(told: "Diff") -> list[dict[str, Any]]:
    """Everything as rows of one form: ``kind`` is finding, completeness or area."""
    blank = dict.fromkeys(_ROW)
    rows = [
        {**blank, "kind": "area", "state": area.kind, "area_code": area.area_code, "township": area.name, "into": area.into}
        for area in told.areas
    ]
    rows += [{**blank, "kind": "completeness", **asdict(change)} for change in told.changes]
    wanted = ("state", "finding_id", "answer", "severity", "county", "area_code", "township", "message")
    rows += [
        {**blank, "kind": "finding", **{name: row[name] for name in wanted}}
        for row in told.findings.sort("finding_id").iter_rows(named=True)
    ]
    return rows


def _show_changes(state: "State", told: "Diff") -> None:
    terminal, words = state.terminal, state.words
    if not told.changes:
        text = words.text("cli.diff.same_release" if told.same_release else "cli.diff.silent", n=told.compared)
        terminal.paragraph(text, "  ", "    ")
        return
    names = ("area", "period", "before", "after", "change", "interval")
    titles = [Column(words.text(f"cli.diff.column.{name}"), right=name not in ("area", "period")) for name in names]
    cells = [
        [
            item.township or item.county,
            str(item.birth_year or "") + (words.code("sex", item.sex) if item.sex else ""),
            words.percent(item.before),
            words.percent(item.after),
            f"{item.change * 100:+.1f}",
            f"{item.low * 100:+.1f} … {item.high * 100:+.1f}",
        ]
        for item in told.changes
    ]
    show_table(terminal, titles, cells, "  ")
    terminal.paragraph(words.text("cli.diff.rest_silent", n=told.compared - len(told.changes)), "  ", "    ")


def _heading(state: "State", part: str) -> None:
    state.terminal.print("", state.terminal.style(state.terminal.tidy(state.words.text(f"cli.diff.{part}")), "bold"))


def _name(run: "Run") -> str:
    return run.folder.name if run.folder else str(run.record["run_id"])
