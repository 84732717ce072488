"""The command lines that README and the readers' pages show are lines hecha takes."""

import re
import shlex
from pathlib import Path

import pytest

from audit.cli import commands
from audit.terminal_help import Context

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINE = re.compile(r"^(?:\.venv/bin/)?hecha (\S.*?)\s*(?:#.*)?$", re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```(?:sh|bash|console)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            found += [(page.name, line) for line in LINE.findall(block)]
    return found


def test_there_are_examples() -> None:
    assert {"README.md", "inspector.md"} <= {page for page, _ in examples()}


@pytest.mark.parametrize(("page", "line"), examples())
def test_an_example_parses(page: str, line: str) -> None:
    words = shlex.split(line)
    assert words[0] in commands().commands, f"{page}: no such command"
    command = commands().commands[words[0]]
    known = {opt for param in command.get_params(Context(command)) for opt in (*param.opts, *param.secondary_opts)}
    asked = {word.split("=")[0] for word in words[1:] if word.startswith("-")}
    assert asked <= known | {"--help"}, f"{page}: {line}"
