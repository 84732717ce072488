"""Rules of the house that are tests: layers, the lock, the wheel, the catalogue."""

import re
import string
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from expectations.cards import cards
from expectations.catalogue import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
PACKAGES = {"audit", "detectors", "expectations", "reports"}


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((ROOT / "expectations" / "messages").glob(f"*.{language}.po")):
        with path.open("rb") as file:
            found |= {str(message.id): str(message.string) for message in read_po(file) if message.id}
    return found


def placeholders(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_the_lock_is_hashed_and_names_no_address(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if "==" in line]
    assert pins
    assert all(line.rstrip().endswith("\\") for line in pins), "a pin without a hash"


def test_wheel_holds_exactly_the_four_packages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("hecha-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name and ".data/" not in name}
    assert tops == PACKAGES
    assert {f"expectations/messages/{language}.mo" for language in LANGUAGES} <= set(names)


def test_catalogue_has_the_same_ids_and_placeholders_in_both_languages() -> None:
    zh, en = texts("zh"), texts("en")
    assert set(zh) == set(en)
    assert [key for key in zh if placeholders(zh[key]) != placeholders(en[key])] == []
    assert [key for key in zh if not zh[key].strip() or not en[key].strip()] == []


def test_compiled_catalogue_is_current() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        stale = [key for key, text in texts(language).items() if not words.has(key) or words.text(key) != text]
        assert stale == [], "run `make messages`"


def test_every_card_is_complete() -> None:
    assert {name: card.problems() for name, card in cards().items() if card.problems()} == {}


def test_no_source_file_speaks_of_a_machine_or_an_unfinished_thing() -> None:
    """Words that never belong here: paths of a machine, and marks of something left undone."""
    words = re.compile(r"(?<![\w/])/(?:work|root|home)/|\b(?:TODO|FIXME|NotImplemented)\b")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    bad = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file() or path.suffix in {".png", ".svg"}:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        bad += [f"{name}: {match.group()}" for match in words.finditer(text)]
    assert bad == []
