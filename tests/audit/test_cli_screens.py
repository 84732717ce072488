"""What the screens look like at 80 columns, in both languages, as kept in ``screens/``; and that a terminal shows just that.

``HECHA_SCREENS=write`` keeps what is shown now: look at it before you commit it.
"""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from audit.runs.write import seal
from expectations.catalogue import LANGUAGES
from tests.audit.conftest import lines_of, on_a_terminal
from tests.audit.runs.sample_run import small_run

KEPT = Path(__file__).parent / "screens"
COMMANDS = {
    "help": ["--help"],
    "help-run": ["run", "--help"],
    "help-findings": ["findings", "--help"],
    "help-answer": ["answer", "--help"],
    "help-sample": ["sample", "--help"],
    "runs": ["runs"],
    "coverage": ["coverage"],
    "coverage-years": ["coverage", "--level", "county_year", "--level", "township_year"],
    "diff": ["diff", "2026-aaaa1111", "2027-bbbb2222"],
    "errors": ["findings", "--formt", "x", "--severity", "hgih", "--year", "soon"],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_screens_as_kept(hecha, sealed: Path, name: str, language: str) -> None:
    seal(small_run("2027-bbbb2222", found=[]), sealed.parent)
    told = hecha(*COMMANDS[name], "--lang", language)
    text = told.out + told.err
    assert max(map(cell_len, text.splitlines())) <= 80
    path = KEPT / f"{name}.{language}.txt"
    if os.environ.get("HECHA_SCREENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


MAIN = "import sys; from audit.cli import main; sys.exit(main())"


@pytest.mark.parametrize("args", [["findings"], ["explain", "1a2b99"], ["coverage"], ["--help"]])
def test_a_terminal_shows_what_a_pipe_gets(hecha, sealed: Path, args: list[str]) -> None:
    """No line runs over, no column is shifted by wide characters, colours add nothing to read."""
    piped = hecha(*args).out.splitlines()
    shown = lines_of(on_a_terminal(MAIN, *args, cwd=sealed.parent.parent))
    assert shown[: len(piped)] == piped
    assert not any(shown[len(piped) :])


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_the_bytes_are_the_same(hecha, sealed: Path, environment: dict[str, str]) -> None:
    piped = hecha("findings").out
    assert on_a_terminal(MAIN, "findings", cwd=sealed.parent.parent, **environment).decode().replace("\r\n", "\n") == piped


def test_severity_is_a_word_before_it_is_a_colour(sealed: Path) -> None:
    received = on_a_terminal(MAIN, "findings", cwd=sealed.parent.parent).decode()
    assert "\x1b[1;31m高" in received
    assert "\x1b[33m中" in received
