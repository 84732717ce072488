"""``init``, ``check`` and ``run``: from a folder of files to a run folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.options import FileName, OneOf, at_or_above, command, fail_on_option, format_option
from audit.commands.state import State, shown, typed
from audit.events import Sealed
from audit.language import of_campaign
from audit.terminal_inputs import show_inputs, show_notices
from audit.terminal_tables import finite
from expectations.errors import ConfigError, StageError

if TYPE_CHECKING:
    from audit.config import Campaign
    from expectations.run import Run


@command("init")
@click.argument("folder", type=FileName("dir"))
@click.option("--force", is_flag=True)
def init(state: State, folder: Path, force: bool) -> int:
    """Write a campaign.toml for the files of a folder."""
    target = folder / "campaign.toml"
    if not folder.is_dir():
        raise ConfigError("E-USE-010", params={"path": str(folder)})
    if target.exists() and not force:
        raise ConfigError("E-USE-011", file=target.name, params={"path": str(target)})
    from audit.ingest import sketch

    text = sketch(folder, state.words.language)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StageError("E-RUN-002", params={"path": str(target), "why": error.strerror or ""}) from error
    names = tuple(f"# {path.name}" for path in folder.iterdir())
    for line in (line for line in text.splitlines() if line.startswith(names)):  # files that were not recognised
        state.terminal.paragraph(line.removeprefix("# "), "  ", "    ")
    state.terminal.paragraph(state.words.text("cli.init.done", path=shown(target)))
    state.terminal.print(f"  hecha check {typed(target)}")
    return 0


@command("check")
@click.argument("campaign", type=FileName())
@format_option("table", "json")
def check(state: State, campaign: Path, form: str) -> int:
    """Read and validate the files of a campaign, and nothing more."""
    from audit.ingest import ingest, validate
    from audit.record import inputs

    config = open_campaign(campaign)
    progress = state.progress(files=files_of(config))
    if len(config.counties) > 1:
        from audit.province import look

        intakes, result = look(config, progress)
    else:
        intakes = ingest(config, progress)
        result = validate(intakes, progress)
    told, passed = inputs(intakes), bool(result.get("passed", True))
    failed = {table["name"]: [rule for rule in table["expectations"] if not rule["passed"]] for table in result.get("tables", [])}
    told = [{**entry, "not_passed": failed.get(entry["name"], [])} for entry in told]
    state.log.record({"inputs": told})
    if form == "json":
        for entry in told:
            state.terminal.print(json.dumps(finite(entry), ensure_ascii=False))
        return 0
    show_inputs(state.terminal, state.words, told)
    state.terminal.print("")
    state.terminal.paragraph(state.words.text("cli.check.passed" if passed else "cli.check.not_passed"))
    state.terminal.print(f"  hecha run {typed(campaign)}")
    return 0


@command("run")
@click.argument("campaign", type=FileName())
@click.option("--out", type=FileName("dir"))
@fail_on_option
@click.option("--engine", type=OneOf("machine", "spark"), default="machine")
@click.option("--master", metavar="URL")
@format_option("text", "json")
def run(state: State, campaign: Path, out: Path | None, fail_on: str, engine: str, master: str | None, form: str) -> int:
    """Audit a campaign."""
    from audit.runs.summary import summarise
    from audit.terminal_summary import show_next, show_summary, show_townships

    config = open_campaign(campaign)
    done, folder = audit(state, config, out, master=_master(engine, master))
    summary = summarise(done)
    if form == "json":
        state.terminal.print(json.dumps(finite({**done.record, "folder": shown(folder)}), ensure_ascii=False))
    else:
        first, last = config.birth_years
        state.terminal.print(state.terminal.style(state.terminal.tidy(f"{config.name}  {first}–{last}"), "bold"))
        show_summary(state.terminal, state.words, summary)
        state.terminal.print("")
        show_townships(state.terminal, state.words, summary)
        show_notices(state.terminal, state.words, done.record["inputs"])
        show_next(state.terminal, state.words, folder, worst_finding(done), config.counties)
    return 1 if any(summary.tally[severity] for severity in at_or_above(fail_on)) else 0


def open_campaign(path: Path) -> "Campaign":
    """A campaign, whose language is then spoken, also in errors of the campaign itself."""
    from audit.config import language_of, load

    of_campaign(language_of(path))
    return load(path)


def _master(engine: str, master: str | None) -> str | None:
    """Where Spark is to do the work; none for this machine alone.

    Raises:
        ConfigError: Spark cannot be started here, or a master without it (E-SPARK-001 to E-SPARK-003, E-SPARK-007).
    """
    if engine == "machine":
        if master is not None:
            raise ConfigError("E-SPARK-007")
        return None
    from audit.spark.session import check

    master = master or "local[*]"
    check(master)
    return master


def files_of(config: "Campaign") -> int:
    """Files that a campaign reads."""
    return len(config.sources) + len(config.tables) + 1


def audit(
    state: State, config: "Campaign", out: Path | None, seed: int | None = None, master: str | None = None
) -> tuple["Run", Path]:
    """Audit a campaign and seal the run.

    Args:
        state: the call.
        config: the campaign.
        out: the folder of runs; by default ``runs`` beside the campaign file.
        seed: draws the noise from a seed, which is for invented counties only.
        master: where Spark runs, if it does the work.
    """
    import reports
    from audit.memory import one_heap
    from expectations.beside import ready

    one_heap()
    with ready(_ready_to_detect, reports.get_ready):
        return _audit(state, config, out, seed, master)


def _ready_to_detect() -> None:
    from audit.county import get_ready

    get_ready()


def _audit(state: State, config: "Campaign", out: Path | None, seed: int | None, master: str | None) -> tuple["Run", Path]:
    from audit.campaign import run_campaign
    from audit.disclosure import Gate, ReleaseStore, opendp_sampler, seeded_sampler
    from audit.runs.sample import point_to
    from audit.runs.write import hashes, prepare, seal, unmake
    from reports import write_reports

    out = out or config.folder / "runs"
    made = prepare(out)
    progress = state.progress(files=files_of(config))
    sampler = opendp_sampler() if seed is None else seeded_sampler(seed)
    gate = Gate(sampler, ReleaseStore(config.folder / "releases"), config.year)
    try:
        run = run_campaign(config, gate, progress, out, master)
    except BaseException:
        unmake(made)
        raise
    with progress.stage("report"):
        state.sealed = seal(run, out, write_reports)
    if len(config.counties) > 1:
        from audit.province import sweep

        sweep(out, config.file)
    point_to(config, out)
    state.log.record(run.record)
    state.log.note(Sealed(state.sealed.name, len(hashes(state.sealed)) if state.log.on else 0))
    if (releases := gate.many_releases) is not None:
        state.terminal.say(state.words.text("cli.run.many_releases", n=releases[0], own=releases[1], year=config.year))
    return run, state.sealed


def worst_finding(run: "Run") -> str | None:
    """Id of the first finding of a reader's list, one about figures before one about rows."""
    from audit.runs.query import by_weight

    found = by_weight(run.findings)
    found = found.sort(found["subject"] == "row", maintain_order=True)
    return found["finding_id"][0] if found.height else None


COMMANDS = (init, check, run)
