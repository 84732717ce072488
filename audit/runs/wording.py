"""A finding's sentence, in another language than the run was written in."""

from typing import Any

from expectations.catalogue import Catalogue


def reworded(words: Catalogue, finding: dict[str, Any]) -> str:
    """The sentence from ``code`` and ``params``; the one stored when this catalogue has none for them."""
    try:
        return words.sentence(finding)
    except (KeyError, ValueError, IndexError, TypeError):
        return str(finding["message"])
