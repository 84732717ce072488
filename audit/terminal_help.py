"""Click, made to measure lines in cells, to speak the catalogue's language and to tell all option errors at once."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, Final

import click
from click.core import iter_params_for_processing
from rich.cells import cell_len

from audit.language import words
from audit.nearest import suggest
from audit.terminal import wrap
from expectations.errors import ConfigError, HechaError, Problems

_WIDEST: Final = 80
_SUBCOMMAND: Final = "[…] […]"


class Formatter(click.HelpFormatter):
    """Lays out help by the cells a terminal needs, not by the number of characters."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(width=max(50, min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line."""
        first = f"{prefix or words().text('cli.help.usage')}{prog} "
        self._lines(wrap(args, self.width, first, " " * cell_len(first)))

    def write_heading(self, heading: str) -> None:
        """A heading."""
        self.write(f"{'':>{self.current_indent}}{heading}\n")

    def write_text(self, text: str) -> None:
        """Paragraphs, parted by blank lines; a paragraph that begins with a backspace stands as it is."""
        indent = " " * self.current_indent
        paragraphs = text.split("\n\n")
        for number, paragraph in enumerate(paragraphs):
            if number:
                self.write("\n")
            if paragraph.startswith("\b\n"):
                self._lines(indent + line for line in paragraph[2:].splitlines())
            else:
                self._lines(wrap(paragraph, self.width, indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 26, col_spacing: int = 2) -> None:
        """A list of terms and what they mean."""
        rows = list(rows)
        column = min(max((cell_len(term) for term, _ in rows), default=0), col_max) + col_spacing + self.current_indent
        for term, meaning in rows:
            start = f"{'':>{self.current_indent}}{term}"
            if cell_len(start) + col_spacing > column:
                self.write(start + "\n")
                start = ""
            first = start + " " * (column - cell_len(start))
            self._lines(wrap(meaning, self.width, first, " " * column) if meaning else [first.rstrip()])

    def _lines(self, lines: Iterable[str]) -> None:
        self.buffer += [line + "\n" for line in lines]


class Context(click.Context):
    """A context whose help is laid out in cells."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose texts are the catalogue's ``cli.<command>.…`` and whose option errors come all at once."""

    context_class = Context

    def __init__(self, *args: Any, beyond: Callable[[click.Context], list[HechaError]] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[…]")
        super().__init__(*args, **kwargs)
        self._beyond = beyond  # what else would stop the command; asked only when its options are wrong already

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The help option, explained in the reader's language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = words().text("cli.option.help")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line on the command, never cut."""
        return words().text(f"cli.{self.name}.short")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.usage_pieces(ctx)))

    def usage_pieces(self, ctx: click.Context) -> list[str]:
        """What follows the command on its usage line, in the reader's language."""
        known = {"[…]": "cli.help.options_metavar", _SUBCOMMAND: "cli.help.subcommand_metavar"}
        return [words().text(known[piece]) if piece in known else piece for piece in self.collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words().text(f"cli.{self.name}.help"))

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The arguments."""
        rows = [
            (param.make_metavar(ctx), self.explain(param)) for param in self.get_params(ctx) if isinstance(param, click.Argument)
        ]
        if rows:
            with formatter.section(words().text("cli.help.arguments")):
                formatter.write_dl(rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options: those of the command first, then those all commands have."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.hidden]
        own = [param for param in options if not is_common(param)]
        for title, group in (("options", own), ("common", [param for param in options if is_common(param)])):
            if group:
                with formatter.section(words().text(f"cli.help.{title}")):
                    formatter.write_dl([(self.option_names(param, ctx), self.explain(param)) for param in group])

    def explain(self, param: click.Parameter) -> str:
        """What a parameter means, in the reader's language."""
        if isinstance(param, click.Option) and param.help and param.name == "_click_default_help":
            return param.help
        own = f"cli.{self.name}.{param.name}"
        return words().text(own if words().has(own) else f"cli.option.{param.name}")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and tell every error there is instead of the first.

        Raises:
            Problems: all that is wrong with the options and arguments.
        """
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        problems: list[HechaError] = []
        opts, rest, order = self._split(ctx, args, problems)
        unknown = len(problems)
        for param in iter_params_for_processing(order, self.get_params(ctx)):
            try:
                _, rest = param.handle_parse_result(ctx, opts, rest)
            except (HechaError, Problems, click.UsageError) as error:
                if not (unknown and isinstance(param, click.Argument)):  # it may be the value of the unknown option
                    problems += _as_problems(error, ctx)
        if rest and not ctx.allow_extra_args and not unknown:
            problems.append(ConfigError("E-USE-005", params={"words": " ".join(rest), "command": ctx.command_path}))
        if problems:
            raise Problems([*problems, *(self._beyond(ctx) if self._beyond else [])])
        for name, value in ctx.params.items():
            if isinstance(value, Enum):  # Click's own sign for "not given"
                ctx.params[name] = None
        ctx.args = rest
        return rest

    def _split(
        self, ctx: click.Context, args: list[str], problems: list[HechaError]
    ) -> tuple[dict[str, Any], list[str], list[Any]]:
        args = list(args)
        while True:
            try:
                return self.make_parser(ctx).parse_args(args=list(args))
            except click.NoSuchOption as error:
                problems += _as_problems(error, ctx)
                args = _without(args, error.option_name)
            except click.UsageError as error:
                raise Problems([*problems, *_as_problems(error, ctx)]) from None

    @staticmethod
    def option_names(param: click.Option, ctx: click.Context) -> str:
        """An option's names, the short one first, and what it takes."""
        names = ", ".join(sorted(param.opts, key=len))
        return names if param.is_flag or param.count else f"{names} {param.make_metavar(ctx)}"


class Group(Command, click.Group):
    """hecha itself: its commands in the order a user meets them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, subcommand_metavar=_SUBCOMMAND, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the command.

        Raises:
            Problems: an option is not known or its value is wrong.
        """
        try:
            return click.Group.parse_args(self, ctx, args)
        except click.UsageError as error:
            raise Problems(_as_problems(error, ctx)) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order they were added."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands first: that is what a reader looks for."""
        rows = [(name, command.get_short_help_str()) for name, command in self.commands.items() if not command.hidden]
        with formatter.section(words().text("cli.help.commands")):
            formatter.write_dl(rows)
        Command.format_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit statuses."""
        with formatter.section(words().text("cli.help.exit")):
            formatter.write_dl([(code, words().text(f"cli.exit.{code}")) for code in ("0", "1", "2", "3", "130", "141")])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command meant.

        Raises:
            ConfigError: there is none of that name (E-USE-001), with the nearest.
        """
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise ConfigError("E-USE-001", params={"word": args[0], "near": suggest(args[0], self.list_commands(ctx))})
        return args[0] if command else None, command, args[1:]


def is_common(param: click.Parameter) -> bool:
    """Whether all commands have this option."""
    return param.name in ("lang", "quiet", "verbose", "log_file", "debug", "_click_default_help")


def _without(args: Sequence[str], option: str) -> list[str]:
    """Arguments without the first use of an option; one of several joined short options is cut out."""
    for index, arg in enumerate(args):
        if arg == option or arg.startswith(f"{option}="):
            return [*args[:index], *args[index + 1 :]]
        if len(option) == 2 and arg[:1] == "-" and arg[:2] != "--" and option[1] in arg[1:]:
            left = arg.replace(option[1], "", 1)
            return [*args[:index], *([left] if left != "-" else []), *args[index + 1 :]]
    return [arg for arg in args if not arg.startswith("-")]


def _as_problems(error: Exception, ctx: click.Context) -> list[HechaError]:
    """Click's errors in the house's form."""
    if isinstance(error, Problems):
        return error.problems
    if isinstance(error, HechaError):
        return [error]
    command = ctx.command_path
    if isinstance(error, click.NoSuchOption):
        known = [name for param in ctx.command.get_params(ctx) for name in param.opts if name.startswith("--")]
        return [ConfigError("E-USE-002", params={"word": error.option_name, "near": suggest(error.option_name, known)})]
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return [ConfigError("E-USE-004", params={"name": error.param.make_metavar(ctx), "command": command})]
    if isinstance(error, click.BadOptionUsage):
        return [ConfigError("E-USE-006", params={"option": error.option_name, "command": command})]
    name = error.param.opts[0] if isinstance(error, click.BadParameter) and error.param is not None else command
    return [ConfigError("E-USE-007", params={"option": name, "command": command})]
