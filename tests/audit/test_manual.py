import subprocess
from pathlib import Path

import click
import pytest

from audit.cli import commands
from audit.manual import pages
from audit.terminal_help import Context
from expectations.catalogue import LANGUAGES

FOLDERS = {"en": Path("man/man1"), "zh": Path("man/zh_CN/man1")}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_shipped_are_those_of_the_commands(language: str) -> None:
    shipped = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDERS[language]).glob("*.1")}
    assert shipped == pages(language), "run `.venv/bin/python -m audit.manual man`"


def test_one_page_a_command() -> None:
    assert set(pages("en")) == {"hecha.1", *(f"hecha-{name}.1" for name in commands().commands)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_on_its_page(language: str) -> None:
    for name, command in commands().commands.items():
        page = pages(language)[f"hecha-{name}.1"].replace("\\-", "-").replace("\\:", "")
        options = [param for param in command.get_params(Context(command)) if isinstance(param, click.Option)]
        assert [opt for param in options for opt in param.opts if opt not in page] == []


def test_the_exit_statuses_are_on_every_page() -> None:
    assert all(".SH EXIT STATUS" in page.replace("\\:", "") for page in pages("en").values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_man_renders_them_without_a_warning(need, language: str) -> None:
    man = need("man")
    environment = {"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    for path in sorted((ROOT / FOLDERS[language]).glob("*.1")):
        result = subprocess.run([man, "--warnings", "-l", str(path)], env=environment, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, ""), path.name
        assert path.stem.replace("-", " ", 1) in result.stdout
