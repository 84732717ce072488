"""Options and argument types that several commands share."""

import functools
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from audit import memory
from audit.commands.state import State, hecha_version, runs_folder
from audit.events import Started
from audit.language import ask
from audit.nearest import suggest
from audit.terminal_help import Command
from audit.terminal_tables import FORMATS
from expectations.catalogue import LANGUAGES
from expectations.codes import FAMILIES, SEVERITIES
from expectations.errors import ConfigError, HechaError, Problems, ReadError

Function = TypeVar("Function", bound=Callable[..., Any])


class OneOf(click.ParamType[str]):
    """One of a few words; another is answered with the nearest."""

    name = "word"

    def __init__(self, *values: str) -> None:
        self.values = values

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The words to choose from."""
        return "|".join(self.values) if len(self.values) <= 5 else param.opts[-1].lstrip("-").upper()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself.

        Raises:
            ConfigError: it is none of them (E-USE-003).
        """
        text = str(value)
        if text in self.values:
            return text
        option = param.opts[-1] if param else ""
        known = ", ".join(self.values)
        raise ConfigError("E-USE-003", params={"option": option, "word": text, "values": known, "near": suggest(text, self.values)})

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The words that begin so."""
        return [CompletionItem(value) for value in self.values if value.startswith(incomplete)]


class RunFolder(click.ParamType[Path]):
    """A run: a folder, or the name of one (or its beginning) among the runs looked at by default."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The run folder.

        Raises:
            ConfigError: there is none so called (E-RUN-015), or several (E-RUN-016).
        """
        from audit.runs.read import listed

        if isinstance(value, Path):
            return value
        if Path(value).is_dir():
            return Path(value)
        names = [item.folder.name for item in listed(runs_folder())]
        found = [name for name in names if name == value] or [name for name in names if name.startswith(value)]
        if len(found) == 1:
            return runs_folder() / found[0]
        if found:
            raise ConfigError("E-RUN-016", params={"word": value, "names": " · ".join(found[:5])})
        near = suggest(value, names)
        raise ConfigError("E-RUN-015", params={"word": value, "path": str(runs_folder()), "near": near})

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names of runs, else folders."""
        from audit.runs.read import listed

        names = [item.folder.name for item in listed(runs_folder()) if item.folder.name.startswith(incomplete)]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="dir")]


class FileName(click.ParamType[Path]):
    """A path that the command itself looks at."""

    name = "path"

    def __init__(self, kind: str = "file") -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        return Path(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Files or folders."""
        return [CompletionItem(incomplete, type=self.kind)]


class Whole(click.ParamType[int]):
    """A whole number in a range."""

    name = "n"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number.

        Raises:
            ConfigError: it is none, or out of range (E-USE-008).
        """
        try:
            number = int(value)
        except ValueError:
            number = self.low - 1
        if not self.low <= number <= self.high:
            option = param.opts[-1] if param else ""
            raise ConfigError("E-USE-008", params={"option": option, "word": str(value), "low": self.low, "high": self.high})
        return number


class Percent(click.ParamType[float]):
    """A percentage between 0 and 100, with or without its sign; becomes a share."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share.

        Raises:
            ConfigError: it is no percentage (E-USE-008).
        """
        try:
            number = float(str(value).rstrip("%％"))
        except ValueError:
            number = -1.0
        if not 0 <= number <= 100:
            option = param.opts[-1] if param else ""
            raise ConfigError("E-USE-008", params={"option": option, "word": str(value), "low": 0, "high": 100})
        return number / 100


def command(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """A command with the options that all commands have."""

    def decorate(function: Callable[..., Any]) -> Command:
        def call(state: State, *args: Any, **kwargs: Any) -> Any:
            if state.log.on:
                state.log.note(Started(name, hecha_version()))
            memory.refuse_tight_limits(name)
            return function(state, *args, **kwargs)

        call = functools.update_wrapper(call, function)  # the parameters that were declared go with it
        made: Command = click.command(name, cls=Command, beyond=beyond, **settings)(common(click.pass_obj(call)))
        return made

    return decorate


def beyond(ctx: click.Context) -> list[HechaError]:
    """What would stop a command after its options are mended: its campaign, its run, townships, detectors, returned files."""
    asked = {name: value for name, value in ctx.params.items() if value and not isinstance(value, Enum)}
    problems: list[HechaError] = []
    run_is_known = "run" in ctx.params  # or its name was wrong, and another run's townships say nothing
    for look in (_campaign_problems, *([_run_problems] if run_is_known else []), _file_problems):
        try:
            look(asked)
        except Problems as found:
            problems += found.problems
        except HechaError as found:
            problems.append(found)
    return problems


def _campaign_problems(asked: dict[str, Any]) -> None:
    if path := asked.get("campaign"):
        from audit.config import load

        load(path)


def _run_problems(asked: dict[str, Any]) -> None:
    townships, detectors, counties = (tuple(asked.get(name, ())) for name in ("townships", "detectors", "counties"))
    if townships or detectors or counties:
        from audit.runs import query
        from audit.runs.read import read

        query.find(read(chosen(asked.get("run"))), query.Filters(townships, detectors, counties=counties))


def _file_problems(asked: dict[str, Any]) -> None:
    missing = [path for path in asked.get("files", ()) if not path.is_file()]
    if missing:
        raise Problems([ReadError("E-ANS-002", file=path.name) for path in missing])


def common(function: Function) -> Function:
    """``--lang``, ``-q``, ``-v``, ``--log-file`` and ``--debug``, taken into the state of the call."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, callback=_into("debug")),
        click.option("--log-file", type=FileName(), expose_value=False, callback=_log_file),
        click.option("--verbose", "-v", count=True, expose_value=False, callback=_verbose),
        click.option("--quiet", "-q", is_flag=True, expose_value=False, callback=_into("quiet")),
        click.option("--lang", type=OneOf(*LANGUAGES), expose_value=False, is_eager=True, callback=_language),
    ):
        function = option(function)
    return function


def run_argument(function: Function) -> Function:
    """``[RUN]``: by default the newest run."""
    return click.argument("run", type=RunFolder(), required=False, default=None)(function)


def format_option(*values: str) -> Callable[[Function], Function]:
    """``--format``, by default a table."""
    values = values or FORMATS
    return click.option("--format", "form", type=OneOf(*values), default=values[0])


def fail_on_option(function: Function) -> Function:
    """``--fail-on``: from which severity on the exit status is 1."""
    return click.option("--fail-on", type=OneOf(*SEVERITIES, "never"), default="never")(function)


def township_option(function: Function) -> Function:
    """``--township``, completed from the tables of the newest run."""
    return click.option("--township", "townships", multiple=True, shell_complete=_townships)(function)


def county_option(function: Function) -> Function:
    """``--county``, completed from the tables of the newest run."""
    return click.option("--county", "counties", multiple=True, shell_complete=_counties)(function)


def detector_option(function: Function) -> Function:
    """``--detector``, by name or code."""
    return click.option("--detector", "detectors", multiple=True, shell_complete=_detectors)(function)


def family_option(function: Function) -> Function:
    """``--family``."""
    return click.option("--family", "families", multiple=True, type=OneOf(*FAMILIES))(function)


def chosen(run: Path | None) -> Path:
    """The run asked for, by default the newest."""
    from audit.runs.read import newest

    return run if run is not None else newest(runs_folder())


def at_or_above(severity: str) -> tuple[str, ...]:
    """Severities from this one up; none for ``never``."""
    return () if severity == "never" else SEVERITIES[SEVERITIES.index(severity) :]


def _into(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value and isinstance(ctx.obj, State):
            setattr(ctx.obj, name, value)

    return callback


def _language(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value:
        ask(value)


def _verbose(ctx: click.Context, _: click.Parameter, value: int) -> None:
    if value and isinstance(ctx.obj, State):
        ctx.obj.log.verbosity = value
        ctx.obj.log.stream = ctx.obj.terminal.err


def _log_file(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None and isinstance(ctx.obj, State) and not ctx.resilient_parsing:
        ctx.obj.log.open(value)


def _counties(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from audit.runs.completing import counties

    return [CompletionItem(name) for name in counties(ctx.params.get("run")) if name.startswith(incomplete)]


def _townships(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from audit.runs.completing import townships

    return [CompletionItem(name) for name in townships(ctx.params.get("run")) if name.startswith(incomplete)]


def _detectors(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from audit.runs.completing import detectors

    return [CompletionItem(name) for name in detectors(ctx.params.get("run")) if name.startswith(incomplete)]
