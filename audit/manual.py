"""Manual pages, one a command and one for hecha, in both languages, from the commands and the catalogue.

``python -m audit.manual man`` writes them; a test holds them to the commands.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from audit.cli import commands
from audit.commands.state import hecha_version
from audit.language import ask, words
from audit.terminal import tokens
from audit.terminal_help import Command, Context, Group, is_common
from expectations.catalogue import LANGUAGES

_FOLDERS = {"en": "man1", "zh": "zh_CN/man1"}
_EXIT = ("0", "1", "2", "3", "130", "141")
_ENVIRONMENT = ("HECHA_RUNS", "HECHA_PROCESSES", "SOURCE_DATE_EPOCH", "NO_COLOR")


def pages(language: str) -> dict[str, str]:
    """File name -> page in roff."""
    group = commands()
    ask(language)
    try:
        made = {f"hecha-{name}.1": _page(command, f"hecha-{name}") for name, command in group.commands.items()}
        return {"hecha.1": _page(group, "hecha"), **made}
    finally:
        ask(None)


def write(folder: Path) -> None:
    """Write the pages of both languages."""
    for language in LANGUAGES:
        target = folder / _FOLDERS[language]
        target.mkdir(parents=True, exist_ok=True)
        for name, page in pages(language).items():
            (target / name).write_text(page, encoding="utf-8")


def _page(command: click.Command, title: str) -> str:
    assert isinstance(command, Command)
    context = Context(command, info_name=title.replace("-", " ", 1))
    return "\n".join(_lines(command, context, title)) + "\n"


def _lines(command: Command, context: Context, title: str) -> Iterator[str]:
    version = ".".join(hecha_version().split(".")[:2])
    yield f'.TH "{title.upper()}" "1" "" "hecha {version}" "{_plain(words().text("cli.man.manual"))}"'
    yield from (".nh", ".ad l")  # words of Chinese have no spaces to stretch
    yield from _section("name", [f"{_plain(title)} \\- {_plain(command.get_short_help_str())}"])
    usage = " ".join(command.usage_pieces(context))
    yield from _section("synopsis", [f".B {_plain(context.command_path)}", _plain(usage)])
    yield from _section("description", [_plain(words().text(f"cli.{command.name}.help"))])
    if isinstance(command, Group):
        yield from _list("commands", [(f"hecha-{name}(1)", item.get_short_help_str()) for name, item in command.commands.items()])
    arguments = [param for param in command.get_params(context) if isinstance(param, click.Argument)]
    yield from _list("arguments", [(param.make_metavar(context), command.explain(param)) for param in arguments])
    options = sorted((param for param in command.get_params(context) if isinstance(param, click.Option)), key=is_common)
    yield from _list("options", [(command.option_names(param, context), command.explain(param)) for param in options])
    yield from _list("exit", [(code, words().text(f"cli.exit.{code}")) for code in _EXIT])
    yield from _list("environment", [(name, words().text(f"cli.man.{name}")) for name in _ENVIRONMENT])
    if isinstance(command, Group):
        yield from _section("files", [_plain(words().text("cli.man.files"))])
    else:
        yield from _section("see", ["hecha(1)"])


def _section(name: str, lines: list[str]) -> Iterator[str]:
    yield f".SH {_plain(words().text(f'cli.man.section.{name}'))}"
    yield from lines


def _list(name: str, items: list[tuple[str, str]]) -> Iterator[str]:
    if items:
        yield from _section(name, [])
    for term, meaning in items:
        yield from (".TP", f"\\fB{_plain(term)}\\fR", _plain(meaning))


def _plain(text: str) -> str:
    """Text as roff takes it: no escapes, no requests, real hyphens."""
    text = "".join(_breakable(text)).replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _breakable(text: str) -> Iterator[str]:
    """A sign between any two pieces that may stand on two lines; roff itself knows no such place in Chinese."""
    last = " "
    for token in tokens(text.replace("\n", " ")):
        yield ("" if " " in (last[-1], token[0]) else "\\:") + token.replace("\\", "\\e")
        last = token


if __name__ == "__main__":
    write(Path(sys.argv[1]))
