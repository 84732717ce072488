"""Cards of the families validity, duplicates, completeness and timeliness."""

from typing import Final

from expectations.cards import Card

_PRINCIPLES: Final = "UN DESA, Principles and Recommendations for a Vital Statistics System, Rev. 3 (2014)"
_HANDBOOK: Final = "UN DESA, Handbook on Civil Registration and Vital Statistics Systems (2018)"
_FELLEGI: Final = "Fellegi & Sunter 1969, JASA 64:1183-1210"
_PEERS: Final = "Spiegelhalter 2005, Statistics in Medicine 24:1185-1202"
_DELAY: Final = "Lagakos, Barraj & De Gruttola 1988, Biometrika 75:515-523"
_NUMBER: Final = "GB 11643-1999; ISO 7064:1983, mod 11-2"

VALIDITY: Final = (
    Card(
        "identity_number",
        "VAL-ID",
        "validity",
        ("VAL-ID-FORM", "VAL-ID-CHECK", "VAL-ID-DATE", "VAL-ID-LUNAR", "VAL-ID-SEX", "VAL-ID-BOTH"),
        _NUMBER,
    ),
    Card("repeated_number", "VAL-TWICE", "validity", ("VAL-TWICE",), _NUMBER),
    Card(
        "impossible_dates",
        "VAL-DATE",
        "validity",
        ("VAL-DATE-FUTURE", "VAL-DATE-REGISTERED", "VAL-DATE-BEFORE", "VAL-DATE-WINDOW", "VAL-DATE-YEARS"),
        _PRINCIPLES,
    ),
    Card("mother_age", "VAL-AGE", "validity", ("VAL-AGE-BELOW", "VAL-AGE-ABOVE"), _PRINCIPLES),
    Card(
        "mother_number",
        "VAL-MOTHER",
        "validity",
        ("VAL-MOTHER-SAME", "VAL-MOTHER-FORM", "VAL-MOTHER-CHECK", "VAL-MOTHER-SEX", "VAL-MOTHER-SHARED"),
        _NUMBER,
    ),
    Card("birth_spacing", "VAL-SPACE", "validity", ("VAL-SPACE",), _PRINCIPLES),
    Card(
        "blank_fields",
        "VAL-BLANK",
        "validity",
        (
            "VAL-BLANK-DATE",
            "VAL-BLANK-SEX",
            "VAL-BLANK-PLACE",
            "VAL-BLANK-WHO",
            "VAL-BLANK-SEVERAL",
            "VAL-BLANK-MANY",
        ),
        _PRINCIPLES,
    ),
    Card(
        "field_shares",
        "VAL-SHARE",
        "validity",
        ("VAL-SHARE-CHECK", "VAL-SHARE-NUMBER", "VAL-SHARE-MOTHER", "VAL-SHARE-REGISTERED"),
        _PEERS,
    ),
)

DUPLICATES: Final = (
    Card("duplicates", "DUP-ROW", "duplicates", ("DUP-ROW-EXACT", "DUP-ROW-FUZZY", "DUP-ROW-DATE"), _FELLEGI),
    Card("shifted_duplicates", "DUP-DATE", "duplicates", ("DUP-DATE",), _FELLEGI),
)

COMPLETENESS: Final = (
    Card(
        "low_completeness",
        "CMP-LOW",
        "completeness",
        ("CMP-LOW",),
        "Chandra Sekar & Deming 1949, JASA 44:101-115; Benjamini & Yekutieli 2005, JASA 100:71-81",
    ),
    Card("girls_below_boys", "CMP-GIRLS", "completeness", ("CMP-GIRLS",), "Chandra Sekar & Deming 1949, JASA 44:101-115"),
    Card("over_coverage", "CMP-OVER", "completeness", ("CMP-OVER",), "Zhang 2015, Journal of Official Statistics 31:415-438"),
    Card("rate_gap", "CMP-RATE", "completeness", ("CMP-RATE-BELOW", "CMP-RATE-ABOVE"), _HANDBOOK),
    Card("estimates_disagree", "CMP-DISAGREE", "completeness", ("CMP-DISAGREE-BUREAU", "CMP-DISAGREE-TOTALS"), _HANDBOOK),
    Card(
        "assumptions",
        "CMP-ASSUME",
        "completeness",
        ("CMP-ASSUME-LINKS", "CMP-ASSUME-SLIPS", "CMP-ASSUME-FED", "CMP-ASSUME-HARD"),
        "Chandra Sekar & Deming 1949, JASA 44:101-115; Fienberg 1972, Biometrika 59:591-603; Ding & Fienberg 1994, "
        "Survey Methodology 20:149-158",
    ),
    Card("totals_gap", "CMP-TOTALS", "completeness", ("CMP-TOTALS",), _HANDBOOK),
)

TIMELINESS: Final = (
    Card("late_registration", "TIM-LATE", "timeliness", ("TIM-LATE",), f"{_DELAY}; {_PEERS}"),
    Card("backlog", "TIM-WAIT", "timeliness", ("TIM-WAIT",), f"{_DELAY}; {_PEERS}"),
    Card("registration_batches", "TIM-BATCH", "timeliness", ("TIM-BATCH",), _PRINCIPLES),
)

CARDS: Final[tuple[Card, ...]] = (*VALIDITY, *DUPLICATES, *COMPLETENESS, *TIMELINESS)
