"""``schema`` and ``completion``: for programs and shells."""

import json

import click

from audit.commands.options import OneOf, command
from audit.commands.state import State
from expectations.artefacts import TABLES

SHELLS = ("bash", "zsh", "fish")
NAMES = (*TABLES, "registered_twice", "figures", "record", "linkage", "validation", "campaign", "answers", "errors")


@command("schema")
@click.argument("name", metavar="NAME", type=OneOf(*NAMES))
def schema(state: State, name: str) -> int:
    """Print the JSON Schema of an artefact."""
    from audit.runs.schema import SCHEMAS

    state.terminal.print(json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=2))
    return 0


@command("completion")
@click.argument("shell", metavar="SHELL", type=OneOf(*SHELLS))
def completion(state: State, shell: str) -> int:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from audit.cli import commands

    made = get_completion_class(shell)
    assert made is not None
    state.terminal.print(made(commands(), {}, "hecha", "_HECHA_COMPLETE").source())
    return 0


COMMANDS = (schema, completion)
