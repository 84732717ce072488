"""A campaign file sketched from a folder of files, for ``hecha init``."""

from pathlib import Path


def sketch(folder: Path) -> str:
    """Text of a commented campaign.toml."""
    raise NotImplementedError
