import subprocess
import sys
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from audit.cli import commands
from audit.terminal_help import Context
from expectations.catalogue import LANGUAGES, catalogue

COMMANDS = list(commands().commands)
ROOT = Path(__file__).parents[2]


def test_every_command_of_the_design_is_there() -> None:
    wanted = "demo init check run runs findings coverage explain answer diff report verify sample schema completion"
    assert " ".join(COMMANDS) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_cells_and_speaks_the_language(hecha, command: str, language: str) -> None:
    told = hecha(*filter(None, [command]), "--help", "--lang", language)
    assert told.status == 0
    lines = told.out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].startswith(catalogue(language).text("cli.help.usage").strip())
    if language == "zh":  # none of Click's own words are left
        assert not any(word in told.out for word in ("Usage", "Options", "Commands", "Show this", "[required]", "default"))


def test_help_wraps_narrower(hecha, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(cell_len, hecha("findings", "--help").out.splitlines())) <= 60


def test_no_command_shows_the_help(hecha) -> None:
    assert hecha().out == hecha("--help").out


def test_help_lists_the_exit_statuses(hecha) -> None:
    out = hecha("--help").out
    for code in ("0", "1", "2", "3", "130", "141"):
        assert catalogue("zh").text(f"cli.exit.{code}") in out


def test_version(hecha) -> None:
    told = hecha("--version")
    assert (told.status, told.out.split()[0]) == (0, "hecha")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_is_explained_in_both_languages(name: str) -> None:
    command = commands().commands[name]
    context = Context(command, info_name=name)
    for language in LANGUAGES:
        words = catalogue(language)
        for param in command.get_params(context):
            if param.name != "_click_default_help":
                assert words.has(f"cli.{name}.{param.name}") or words.has(f"cli.option.{param.name}"), param.name


def test_help_imports_nothing_heavy() -> None:
    heavy = (
        "polars",
        "altair",
        "great_expectations",
        "pypinyin",
        "numpy",
        "scipy",
        "pydantic",
        "opendp",
        "pandas",
        "fastexcel",
        "rich.console",
    )
    code = "import sys; from audit.cli import main; main(['--help']);"
    code += f"sys.exit(','.join(name for name in {heavy!r} if name in sys.modules) or 0)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_commands_are_plain_click_commands() -> None:
    assert all(isinstance(command, click.Command) for command in commands().commands.values())
