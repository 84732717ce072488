"""Every detector of the house, imported by name: what is not listed here does not run, and a test holds list and cards together."""

from typing import Final

from detectors.base import Detector

# Validity, duplicates, completeness, timeliness.
ROW_DETECTORS: Final[tuple[Detector, ...]] = ()

# Rates and fabrication.
AREA_DETECTORS: Final[tuple[Detector, ...]] = ()

DETECTORS: Final[tuple[Detector, ...]] = (*ROW_DETECTORS, *AREA_DETECTORS)
