"""``sample``: how many rows to check in the office, which, and what the checked ones say."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import FileName, Percent, Whole, chosen, command, format_option, run_argument, township_option
from audit.commands.start import open_campaign
from audit.commands.state import State, shown
from audit.terminal_tables import Column, finite, show_rows, show_table
from expectations.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

    from audit.runs.sample import Terms
    from expectations.run import Run


class Tally(click.ParamType[tuple[int, int]]):
    """Rows checked and errors among them, as 68/1."""

    name = "checked/errors"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Both numbers.

        Raises:
            ConfigError: it is not of that form (E-SMP-004).
        """
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value))
        if match is None:
            raise ConfigError("E-SMP-004", params={"word": str(value)})
        return int(match[1]), int(match[2])


@command("sample")
@run_argument
@click.option("--campaign", type=FileName())
@township_option
@click.option("--tolerable", type=Percent(), default="9")
@click.option("--expected", type=Percent(), default="2")
@click.option("--confidence", type=Percent(), default="95")
@click.option("--seed", type=Whole(0, 2**63 - 1))
@click.option("--plan", "plan_only", is_flag=True)
@click.option("--record", type=Tally())
@format_option()
def sample(state: State, run: Path | None, campaign: Path | None, townships: tuple[str, ...], **asked: Any) -> int:
    """Plan and draw a sample of audited rows, or judge a checked one."""
    from audit import record
    from audit.runs import sample as sampling

    whole = state.read(chosen(run))
    terms = sampling.Terms(asked["tolerable"], asked["expected"], asked["confidence"])
    rows = _rows(state, whole, campaign, townships)
    planned = terms.plan(rows.height)
    if asked["record"] is not None:
        checked, errors = asked["record"]
        verdict = sampling.judge(checked, errors, rows.height, terms)
        path = sampling.note(whole, verdict, terms, townships, record.today().isoformat())
        return _show_verdict(state, asdict(verdict), path, asked["form"])
    seed = asked["seed"] if asked["seed"] is not None else int(whole.record["campaign"].get("seed", 0))
    told = {"population": rows.height, **asdict(terms), **asdict(planned), "seed": seed}
    if asked["plan_only"]:
        return _show_plan(state, told, terms, asked["form"])
    drawn = sampling.draw(rows, planned.size, seed)
    if asked["form"] != "table":
        show_rows(state.terminal, asked["form"], drawn.iter_rows(named=True), drawn.columns)
        return 0
    _show_plan(state, told, terms, "table")
    state.terminal.print("")
    names = ("number", "record_id", "line", "township", "village", "agrees", "differs")
    columns = [Column(state.words.text(f"cli.sample.column.{name}"), right=name in ("number", "line")) for name in names]
    cells = [
        [str(row["number"]), row["record_id"], f"{row['line']}", row["township"] or "—", row["village"] or "", "[ ]", "[ ]"]
        for row in drawn.iter_rows(named=True)
    ]
    show_table(state.terminal, columns, cells)
    return 0


def _rows(state: State, run: "Run", campaign: Path | None, townships: tuple[str, ...]) -> "pl.DataFrame":
    """The register's rows, of some townships or all; the campaign file is looked for where the run came from."""
    import polars as pl

    from audit.runs import query
    from audit.runs.sample import campaign_of, register

    assert run.folder is not None
    path = campaign or campaign_of(run)
    if path is None or not path.is_file():
        raise ConfigError("E-SMP-005", params={"path": shown(path or run.folder.resolve().parent.parent / "campaign.toml")})
    query.find(run, query.Filters(townships=townships))  # says which are not known
    config = open_campaign(path)
    rows = register(run, config, state.progress(files=2))
    if townships:
        names = [name for township in townships for name in _names(run, township)]
        rows = rows.filter(pl.col("township").is_in(names))
    return rows


def _names(run: "Run", township: str) -> list[str]:
    import polars as pl

    from audit.runs import query

    codes = query.township_codes(run, township)
    return query.areas(run).filter(pl.col("area_code").is_in(codes))["township"].to_list()


def _show_plan(state: State, told: dict[str, Any], terms: "Terms", form: str) -> int:
    if form == "table":
        state.terminal.paragraph(
            state.words.text(
                "cli.sample.plan",
                population=told["population"],
                size=told["size"],
                acceptable=told["acceptable"],
                tolerable=terms.tolerable,
                expected=terms.expected,
                confidence=terms.confidence,
                seed=told["seed"],
            )
        )
    else:
        show_rows(state.terminal, form, [told], list(told))
    return 0


def _show_verdict(state: State, said: dict[str, Any], path: Path, form: str) -> int:
    words = state.words
    if form == "json":
        state.terminal.print(json.dumps(finite(said), ensure_ascii=False))
    elif form == "csv":
        show_rows(state.terminal, form, [said], list(said))
    else:
        interval = words.interval(said["factor_low"], said["factor_high"])
        factor = words.percent(said["factor"])
        text = words.text("cli.sample.factor", checked=said["checked"], errors=said["errors"], factor=factor, interval=interval)
        state.terminal.paragraph(text)
        state.terminal.paragraph(
            words.text("cli.sample.accepted" if said["accepted"] else "cli.sample.rejected", risk=said["risk"])
        )
        state.terminal.paragraph(words.text("cli.sample.noted", path=shown(path)))
    return 0


COMMANDS = (sample,)
