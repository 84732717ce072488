"""``answer``, ``diff``, ``report``, ``verify``: what comes after an audit."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import FileName, RunFolder, chosen, command, format_option, run_argument
from audit.commands.state import State, shown
from audit.terminal_summary import warn_if_large
from audit.terminal_tables import Column, finite, show_rows, show_table
from expectations.errors import ConfigError, HechaError, Problems, StageError

if TYPE_CHECKING:
    from audit.runs.answers import Answer
    from audit.runs.returned import Leftover

_MOST_LEFTOVERS = 20


@command("answer")
@click.argument("what", metavar="[FINDING]", nargs=-1)
@click.option("--outcome")
@click.option("--note", default="")
@click.option("--from", "files", multiple=True, type=FileName())
@click.option("--run", type=RunFolder())
@format_option("table", "json")
def answer(
    state: State, what: tuple[str, ...], outcome: str | None, note: str, files: tuple[Path, ...], run: Path | None, form: str
) -> int:
    """Record what became of findings."""
    from audit.runs import answers

    folder = chosen(run)
    state.read(folder)
    path = folder.resolve().parent / answers.FILE
    problems: list[HechaError] = []
    leftovers: list[Leftover] = []
    if files:
        given, leftovers, problems = _from_files([*files, *(Path(name) for name in what)], folder)
    else:
        given = [_by_hand(state, what, outcome, note, folder)]
    new = answers.append(path, given)
    _tell(state, given, new, leftovers, path, form)
    if problems:
        raise Problems(problems)
    return 0


@command("diff")
@click.argument("before", metavar="RUN", type=RunFolder())
@click.argument("after", metavar="RUN", type=RunFolder())
@format_option()
def diff(state: State, before: Path, after: Path, form: str) -> int:
    """Compare two runs."""
    from audit.runs import answers
    from audit.runs.diff import compare
    from audit.terminal_diff import diff_rows, show_diff

    one, other = state.read(before), state.read(after)
    known = {**answers.latest(answers.beside(one)), **answers.latest(answers.beside(other))}
    told = compare(one, other, known)
    if form == "table":
        show_diff(state, told, one, other)
    else:
        rows = diff_rows(told)
        show_rows(state.terminal, form, rows, list(rows[0]) if rows else ["kind"])
    return 0


@command("report")
@run_argument
@click.option("--out", type=FileName("dir"))
def report(state: State, run: Path | None, out: Path | None) -> int:
    """Write the reports of a run again."""
    from audit.language import words
    from audit.runs.write import write_anew
    from reports import write_reports

    folder = chosen(run)
    whole = state.read(folder)
    with state.progress().stage("report"):
        written = write_anew(whole, out, folder, write_reports, words().language)
    for page in sorted(written.glob("*.html")):
        warn_if_large(state.terminal, words(), page)
    state.terminal.print(shown(written))
    return 0


@command("verify")
@run_argument
@format_option("table", "json")
def verify(state: State, run: Path | None, form: str) -> int:
    """Compare a run with what was sealed."""
    from audit.runs import verify as verifying

    folder = chosen(run)
    verdict = verifying.verify(folder)
    if form == "json":
        state.terminal.print(json.dumps({"run": folder.name, "whole": verdict.whole, **asdict(verdict)}, ensure_ascii=False))
    elif verdict.whole:
        state.terminal.print(state.words.text("cli.verify.whole", run=folder.name, n=verdict.checked))
    if verdict.whole:
        return 0
    problems: list[HechaError] = []
    for code, names in (("E-RUN-021", verdict.changed), ("E-RUN-022", verdict.missing), ("E-RUN-023", verdict.added)):
        problems += [StageError(code, file=name, params={"run": folder.name}) for name in names]
    if verdict.record_changed:
        problems.append(StageError("E-RUN-024", file="record.json", params={"run": folder.name}))
    raise Problems(problems)


def _by_hand(state: State, what: tuple[str, ...], outcome: str | None, note: str, folder: Path) -> "Answer":
    from audit import record
    from audit.nearest import suggest
    from audit.runs import explain
    from audit.runs.answers import Answer
    from audit.runs.returned import outcome_of
    from expectations.codes import ANSWERS

    if len(what) != 1 or outcome is None:
        raise ConfigError("E-ANS-004")
    run = state.read(folder)
    found = explain.finding_of(run, what[0])
    problems: list[HechaError] = []
    if isinstance(found, list):
        problems.append(ConfigError("E-ASK-006", params={"word": what[0], "n": len(found)}))
    elif found is None:
        problems.append(ConfigError("E-ASK-007", params={"word": what[0], "near": suggest(what[0], run.findings["finding_id"])}))
    code = outcome_of(outcome)
    if code is None:
        said = [f"{answer} {state.words.code('answer', answer)}" for answer in ANSWERS]
        problems.append(ConfigError("E-ANS-005", params={"word": outcome, "values": ", ".join(said)}))
    if problems or code is None or not isinstance(found, dict):
        raise Problems(problems)
    today = record.today().isoformat()
    return Answer(found["finding_id"], code, note=note, recorded_on=today)


def _from_files(files: list[Path], folder: Path) -> tuple[list["Answer"], list["Leftover"], list[HechaError]]:
    """Answers of several files; a file that cannot be read does not stop the others."""
    from audit import record
    from audit.runs import answers
    from audit.runs.known import known_ids
    from audit.runs.returned import take

    known, today = known_ids(folder.resolve().parent), record.today()
    given: list[Answer] = []
    leftovers: list[Leftover] = []
    problems: list[HechaError] = []
    for path in files:
        try:
            if path.suffix == ".jsonl":  # the answers of another folder of runs, carried over
                given += answers.load(path)
                continue
            taken = take(path, known, today)
        except Problems as error:
            problems += error.problems
        except ConfigError as error:
            problems.append(error)
        else:
            given += taken.answers
            leftovers += taken.leftovers
    return given, leftovers, problems


def _tell(state: State, given: list["Answer"], new: list["Answer"], leftovers: list["Leftover"], path: Path, form: str) -> None:
    terminal, words = state.terminal, state.words
    if form == "json":
        said: dict[str, Any] = {"recorded": len(new), "known": len(given) - len(new), "file": shown(path)}
        said["leftovers"] = [asdict(item) for item in leftovers]
        terminal.print(json.dumps(finite(said), ensure_ascii=False))
        return
    terminal.paragraph(words.text("cli.answer.done", new=len(new), known=len(given) - len(new), path=shown(path)))
    if not leftovers:
        return
    terminal.print("")
    terminal.paragraph(words.text("cli.answer.leftovers", n=len(leftovers)))
    titles = [Column(words.text(f"cli.answer.column.{name}"), text=name == "text") for name in ("file", "cell", "why", "text")]
    cells = [[item.file, f"{item.sheet}!{item.cell}", words.text(f"cli.answer.why.{item.why}"), item.text] for item in leftovers]
    show_table(terminal, titles, cells[:_MOST_LEFTOVERS])
    if len(cells) > _MOST_LEFTOVERS:
        terminal.paragraph(words.text("cli.answer.more", n=len(cells) - _MOST_LEFTOVERS))


COMMANDS = (answer, diff, report, verify)
