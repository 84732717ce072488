"""Every detector of the house, imported by name: what is not listed here does not run, and a test holds list and cards together."""

from typing import Final

from detectors.accounting import accounting
from detectors.assumptions import assumptions
from detectors.backlog import backlog
from detectors.base import Detector
from detectors.birth_rate_funnel import birth_rate_funnel
from detectors.birth_spacing import birth_spacing
from detectors.blank_fields import blank_fields
from detectors.bunched import bunched
from detectors.copied import copied
from detectors.copied_rows import copied_rows
from detectors.day_heaps import day_heaps
from detectors.duplicates import duplicates
from detectors.estimates_disagree import estimates_disagree
from detectors.field_shares import field_shares
from detectors.girls_below_boys import girls_below_boys
from detectors.identity_number import identity_number
from detectors.impossible_dates import impossible_dates
from detectors.invented_rows import invented_rows
from detectors.last_digits import last_digits
from detectors.late_registration import late_registration
from detectors.low_completeness import low_completeness
from detectors.mother_age import mother_age
from detectors.mother_number import mother_number
from detectors.natural_increase import natural_increase
from detectors.over_coverage import over_coverage
from detectors.rate_gap import rate_gap
from detectors.rate_jumps import rate_jumps
from detectors.registration_batches import registration_batches
from detectors.repeated_number import repeated_number
from detectors.returns_against_register import returns_against_register
from detectors.rounded import rounded
from detectors.screening import screening
from detectors.sex_ratio import sex_ratio
from detectors.shifted_duplicates import shifted_duplicates
from detectors.steady_rates import steady_rates
from detectors.too_smooth import too_smooth
from detectors.totals_gap import totals_gap
from detectors.whole_percentages import whole_percentages

# Validity, duplicates, completeness, timeliness.
ROW_DETECTORS: Final[tuple[Detector, ...]] = (
    identity_number,
    repeated_number,
    impossible_dates,
    mother_age,
    mother_number,
    birth_spacing,
    blank_fields,
    field_shares,
    duplicates,
    shifted_duplicates,
    low_completeness,
    girls_below_boys,
    over_coverage,
    rate_gap,
    estimates_disagree,
    assumptions,
    totals_gap,
    late_registration,
    backlog,
    registration_batches,
)

# Rates and fabrication.
AREA_DETECTORS: Final[tuple[Detector, ...]] = (
    birth_rate_funnel,
    natural_increase,
    sex_ratio,
    accounting,
    rate_jumps,
    steady_rates,
    too_smooth,
    copied,
    rounded,
    bunched,
    whole_percentages,
    last_digits,
    invented_rows,
    copied_rows,
    returns_against_register,
    day_heaps,
    screening,
)

DETECTORS: Final[tuple[Detector, ...]] = (*ROW_DETECTORS, *AREA_DETECTORS)
