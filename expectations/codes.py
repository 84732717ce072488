"""Code lists. Each is worded by the message catalogue under ``code.<list>.<value>``."""

from typing import Final

FAMILIES: Final = ("validity", "duplicates", "completeness", "timeliness", "rates", "fabrication")
SEVERITIES: Final = ("low", "medium", "high")
SEXES: Final = ("male", "female")
ROLES: Final = ("audited", "reference")
TABLE_KINDS: Final = ("vital_rates", "returns", "indicators", "totals")
LEVELS: Final = ("county", "county_year", "county_sex", "township", "township_year")
SUBJECTS: Final = ("row", "area", "return", "indicator")
OUTCOMES: Final = ("flag", "no_flag", "not_estimable", "not_applicable")

METHODS: Final = (
    "two_references",  # share of the union of two or more references that the register knows (METHODS S)
    # the same, where an assumption visibly fails
    "links_in_doubt",  # the interval holds both readings of births that only the register knows
    "source_fed",  # one reference seems to be filled from the register, or the register from it
    "sources_dependent",  # births that one source lacks are lacked by the others too
    "one_reference",  # two-list dual-system estimate, transformed logit
    "none",  # no reference: nothing estimated
)

DOUBTFUL_METHODS: Final = ("links_in_doubt", "source_fed", "sources_dependent")

REASONS: Final = (
    # not applicable
    "no_reference",
    "no_returns",
    "no_indicators",
    "no_vital_rates",
    "no_totals",
    "no_registration_dates",
    "no_identity_numbers",
    "no_mother",
    "no_names",
    "no_birth_dates",
    "county_only",  # judged for the county as a whole, not for its townships
    "one_reference",
    "no_denominator",
    "no_target",
    # not estimable
    "noise",  # a protected count lies within 3 standard deviations of its noise
    "no_births",  # the township has no row in the register
    "too_few_births",
    "too_few_figures",
    "too_few_townships",
    "too_few_villages",
    "too_few_years",
    "too_many_missing",
    "county_too_small",
    "county_too_large",  # for the memory of the machine
    "workers_lost",  # on Spark: whatever worked on the county died, again and again
    "reference_too_small",
    "link_quality",
    "no_population",
    "no_variation",
    "unknown_township",
    "assumption_broken",
    "no_peers",
)

ANSWERS: Final = ("corrected", "merged", "confirmed", "unverifiable", "transferred", "elsewhere")

STATUSES: Final = ("complete", "failed")
