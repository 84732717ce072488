"""Where the parts come from: licences by an allow-list, a bill of materials from the lock, no unused dependency, no network."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

ALLOWED = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|0BSD|Zlib|HPND)\b", re.IGNORECASE)
# Named one by one, each with its reason. rddensity and its lpdensity are the reference implementation of the density
# discontinuity test, and GPL-3.0: whoever ships hecha together with them ships the whole under the GPL-3.0.
NAMED = {"rddensity": "GPL-3.0-only", "lpdensity": "GPL-3.0-only"}


def pins() -> dict[str, str]:
    """Name -> version of every pin that this platform installs, from the lock of what users install."""
    found = {}
    for line in (ROOT / "requirements" / "base.txt").read_text().splitlines():
        if match := re.match(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;]+)", line):
            found[match.group(1)] = match.group(2)
    return found


def test_licences_are_on_the_allow_list() -> None:
    command = [str(BIN / "pip-licenses"), "--format=json", "--from=mixed", "--packages", *pins()]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(listed) > 40
    odd = {row["Name"]: row["License"] for row in listed if not ALLOWED.search(row["License"])}
    assert {name: licence for name, licence in odd.items() if NAMED.get(name) != licence} == {}


def test_bill_of_materials_lists_every_pin_and_no_address(tmp_path: Path) -> None:
    bom = json.loads(
        subprocess.run([sys.executable, "docs/bill_of_materials.py"], cwd=ROOT, capture_output=True, check=True).stdout
    )
    assert bom["bomFormat"] == "CycloneDX"
    listed = {component["name"]: component["version"] for component in bom["components"]}
    assert listed == pins()
    assert all(component["purl"].startswith("pkg:pypi/") and component["hashes"] for component in bom["components"])
    assert "://" not in json.dumps(bom["components"])


def test_no_dependency_is_unused_or_undeclared() -> None:
    result = subprocess.run([str(BIN / "deptry"), "."], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_what_ships_names_no_network_module() -> None:
    """Nothing that opens a connection is imported by the four packages (a database is reached through its driver only)."""
    banned = re.compile(r"^\s*(?:import|from)\s+(socket|urllib\.request|http|requests|ftplib|smtplib|httpx)\b", re.MULTILINE)
    files = [path for package in ("audit", "detectors", "expectations", "reports") for path in (ROOT / package).rglob("*.py")]
    assert files
    assert [path.name for path in files if banned.search(path.read_text())] == []


@pytest.mark.parametrize("name", ["base", "dev", "spark"])
def test_the_lock_holds_what_pyproject_asks_for(name: str) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    extras = project["project"]["optional-dependencies"]
    wanted += [item for extra, items in extras.items() if extra != "spark" or name == "spark" for item in items]
    wanted += project["dependency-groups"]["dev"] if name != "base" else []
    text = (ROOT / "requirements" / f"{name}.txt").read_text().lower()
    names = [re.split(r"[><=\[; ]", item, maxsplit=1)[0].lower() for item in wanted]
    assert [item for item in names if not re.search(rf"^{re.escape(item)}(?:\[[^]]*\])?==", text, re.MULTILINE)] == []
