"""From the files of a campaign to normalised frames: the only place where reference rows are read (DESIGN C4)."""

from audit.ingest.intakes import Intakes, ingest, validate
from audit.ingest.sketch import sketch

__all__ = ["Intakes", "ingest", "sketch", "validate"]
