"""docs/detectors.md says what the cards say."""

import importlib.util
from pathlib import Path

from expectations.cards import cards

ROOT = Path(__file__).parents[2]


def test_the_page_of_detectors_is_current():
    spec = importlib.util.spec_from_file_location("detectors_page", ROOT / "benchmarks" / "detector_rates.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    written = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    assert written == page.document(), "run `python benchmarks/detector_rates.py --write`"
    assert all(card.code in written for card in cards().values())
