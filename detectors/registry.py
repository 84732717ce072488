"""Every detector of the house, imported by name: what is not listed here does not run, and a test holds list and cards together."""

from typing import Final

from detectors.base import Detector
from detectors.duplicates import duplicates
from detectors.identity_number import identity_number
from detectors.impossible_dates import impossible_dates
from detectors.late_registration import late_registration
from detectors.low_completeness import low_completeness
from detectors.rate_gap import rate_gap

# Validity, duplicates, completeness, timeliness.
ROW_DETECTORS: Final[tuple[Detector, ...]] = (
    identity_number,
    impossible_dates,
    duplicates,
    low_completeness,
    rate_gap,
    late_registration,
)

# Rates and fabrication.
AREA_DETECTORS: Final[tuple[Detector, ...]] = ()

DETECTORS: Final[tuple[Detector, ...]] = (*ROW_DETECTORS, *AREA_DETECTORS)
