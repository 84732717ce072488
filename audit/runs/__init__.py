"""Run folders: written whole or not at all, read, queried, explained, compared, sampled, verified."""

from audit.runs.read import Listed, listed, read
from audit.runs.write import seal

__all__ = ["Listed", "listed", "read", "seal"]
