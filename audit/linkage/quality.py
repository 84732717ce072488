"""The quality of the links, measured without labels."""

from typing import Any


def measure(linked: Any, names: list[str]) -> dict[str, Any]:
    """What is known of the links of a county: rates only."""
    return {}
