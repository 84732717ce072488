"""A finding's sentence, in another language than the run was written in."""

import json
from typing import Any

from expectations.catalogue import Catalogue


def reworded(words: Catalogue, finding: dict[str, Any]) -> str:
    """The sentence from ``code`` and ``params``; the one stored when this catalogue has none for them."""
    try:
        params = {"_": None, **json.loads(finding["params"])}  # never empty, so that a placeholder without its value is noticed
        return words.text(f"finding.{finding['code']}", **params)
    except (KeyError, ValueError, IndexError, TypeError):
        return str(finding["message"])
