"""Print a CycloneDX bill of materials of what users install, made from the hashed lock.

cyclonedx-py adds an implied download address to every component; the lock names none, so they are taken out and the hashes,
which they carried, stay.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def bill_of_materials() -> dict[str, object]:
    """The bill of materials of ``requirements/base.txt``."""
    tool = Path(sys.executable).parent / "cyclonedx-py"
    command = [str(tool), "requirements", str(ROOT / "requirements" / "base.txt"), "--output-reproducible"]
    bom = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for component in bom["components"]:
        references = component.pop("externalReferences", [])
        component.pop("description", None)
        component["hashes"] = [item for reference in references for item in reference.get("hashes", [])]
    bom["metadata"].pop("tools", None)
    return dict(bom)


if __name__ == "__main__":
    print(json.dumps(bill_of_materials(), indent=1))
