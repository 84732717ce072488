import re
from pathlib import Path

import click
import pytest

from audit.cli import commands
from audit.commands.machine import NAMES
from audit.events import EVENTS
from audit.terminal_help import Context, is_common

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", TEXT, flags=re.M)[1:]}


def test_every_command_has_its_section_and_no_section_is_of_no_command() -> None:
    assert set(SECTIONS) - {"What holds for all of them"} == set(commands().commands)


@pytest.mark.parametrize("name", list(commands().commands))
def test_every_option_of_a_command_is_in_its_section(name: str) -> None:
    command = commands().commands[name]
    section = SECTIONS[name].replace("\\|", "|")
    for param in command.get_params(Context(command)):
        if isinstance(param, click.Option) and not is_common(param):
            assert f"`{command.option_names(param, Context(command))}`" in section
        elif isinstance(param, click.Argument):
            assert param.make_metavar(Context(command)) in section


@pytest.mark.parametrize("name", list(commands().commands))
def test_no_section_tells_of_an_option_that_is_not_there(name: str) -> None:
    command = commands().commands[name]
    known = {opt for param in command.get_params(Context(command)) for opt in param.opts}
    told = set(re.findall(r"^\| `(--[a-z-]+)", SECTIONS[name], flags=re.M))
    assert told <= known


def test_common_options_and_exit_statuses() -> None:
    section = SECTIONS["What holds for all of them"]
    command = commands().commands["runs"]
    for param in command.get_params(Context(command)):
        if is_common(param):
            assert all(f"`{opt}" in section for opt in param.opts)
    for code in ("0", "1", "2", "3", "130", "141"):
        assert f"| {code} |" in section


def test_every_event_of_the_log_is_named() -> None:
    assert all(f"`{event.__name__}`" in TEXT for event in EVENTS)


def test_every_schema_is_named() -> None:
    assert all(f"`{name}`" in SECTIONS["schema"] for name in NAMES)
