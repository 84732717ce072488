"""``demo``: a county that does not exist, audited, and scored against what is true of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import FileName, Whole, command
from audit.commands.start import audit, open_campaign, worst_finding
from audit.commands.state import State, shown
from audit.invented import COUNTY
from audit.language import of_campaign
from audit.terminal_tables import Column, show_table
from expectations.errors import ConfigError

if TYPE_CHECKING:
    from audit.demo import Score


@command("demo")
@click.argument("folder", type=FileName("dir"), default="hecha-demo")
@click.option("--seed", type=Whole(0, 2**31 - 1), default=20260101)
@click.option("--out", type=FileName("dir"))
def demo(state: State, folder: Path, seed: int, out: Path | None) -> int:
    """Invent a county, audit it and say how right the audit was."""
    words, terminal = state.words, state.terminal
    terminal.paragraph(words.text("demo.invented", county=COUNTY))
    terminal.paragraph(words.text("demo.seeded", seed=seed))
    terminal.out.flush()  # the first line is there before the libraries are
    from audit.demo import score, simulate, write
    from audit.runs.read import listed, read_record
    from audit.runs.summary import summarise
    from audit.terminal_summary import show_next, show_summary, show_townships

    if _others(folder):
        raise ConfigError("E-USE-012", params={"path": shown(folder)})
    progress = state.progress()
    with progress.stage("simulate"):
        world = simulate(seed)
        campaign = open_campaign(write(world, folder)).model_copy(update={"language": words.language})
    of_campaign(None)
    if listed(out or folder / "runs"):
        terminal.paragraph(words.text("demo.again"))
    run, sealed = audit(state, campaign, out, seed)
    with progress.stage("score"):
        right = score(run, world.truth)
    summary = summarise(run)
    terminal.paragraph(stages(state, read_record(sealed)), "", "  ")
    terminal.print("", terminal.style(terminal.tidy(words.text("demo.title.says")), "bold"))
    show_summary(terminal, words, summary)
    terminal.print("")
    show_townships(terminal, words, summary)
    show_score(state, right)
    show_next(terminal, words, sealed, worst_finding(run))
    return 0


def stages(state: State, record: dict[str, Any]) -> str:
    """What was done, with rows read and seconds, as its record says."""
    words = state.words
    rows = words.text("cli.demo.rows", rows=sum(entry["rows"] for entry in record["inputs"]))
    timings = record["timings"].items()
    said = [f"{words.text(f'progress.{stage}')}{rows if stage == 'read' else ''} {seconds:.1f}" for stage, seconds in timings]
    return words.text("cli.demo.stages", said=" · ".join(said))


def show_score(state: State, right: "Score") -> None:
    """How right the audit was: planted, found, missed, false, and whether intervals hold the truth."""
    words, terminal = state.words, state.terminal
    terminal.print("", terminal.style(terminal.tidy(words.text("demo.title.right")), "bold"))
    columns = [
        Column(words.text(f"demo.column.{name}"), right=name != "planted")
        for name in ("planted", "count", "found", "missed", "false")
    ]
    cells = [
        [words.text(f"demo.planted.{item.what}"), *(_count(n) for n in (item.planted, item.found, item.missed, item.false))]
        for item in right.planted
    ]
    show_table(terminal, columns, cells, "  ")
    if right.mean_width is not None:
        width = right.mean_width * 100
        terminal.paragraph(words.text("demo.intervals", covered=right.covered, estimated=right.estimated, width=width), "  ")
    if right.precision is not None and right.recall is not None:
        terminal.paragraph(words.text("demo.pairs", precision=right.precision, recall=right.recall), "  ")
    terminal.paragraph(words.text("demo.false_note"), "  ")


def _others(folder: Path) -> bool:
    """Whether a folder holds anything but an earlier demo."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    campaign = folder / "campaign.toml"
    return not (campaign.is_file() and COUNTY in campaign.read_text(encoding="utf-8", errors="replace"))


def _count(n: int | None) -> str:
    return "—" if n is None else str(n)


COMMANDS = (demo,)
